/**
 * A systemd unit (systemd.service(5)) that starts, after a boot, the containers that should run.
 * Their supervisors stay when the unit is stopped.
 */
export function restoreUnit(root: string, program: readonly string[]): string {
  return `[Unit]
Description=Start the shale containers that should run
Wants=network-online.target
After=network-online.target
RequiresMountsFor=${quote(root)}

[Service]
Type=oneshot
RemainAfterExit=yes
KillMode=process
TimeoutStartSec=infinity
ExecStart=${[...program, "system", "restore"].map(quote).join(" ")}

[Install]
WantedBy=multi-user.target
`;
}

/** One word of a unit file, whatever is in it. */
function quote(word: string): string {
  if (/^[\w./-]+$/.test(word)) return word;
  const escaped = word.replace(/[\\"]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$");
  return `"${escaped}"`;
}
