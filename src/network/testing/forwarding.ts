/** Runs in a network namespace of its own, under Docker's rules: prints them before, during and after. */
import { writeFirewall } from "../firewall.ts";
import { closeForwarding, openForwarding } from "../forwarding.ts";

const [tool = ""] = process.argv.slice(2);
const bridge = "shtest-w";
const table = "shale_test";

function iptables(...args: string[]): string {
  const { stdout, exitCode, stderr } = Bun.spawnSync([tool, "-w", ...args]);
  if (exitCode !== 0) throw new Error(`${tool} ${args.join(" ")}: ${stderr}`);
  return stdout.toString();
}

iptables("-P", "FORWARD", "DROP");
iptables("-N", "DOCKER-USER");
iptables("-A", "DOCKER-USER", "-j", "RETURN");
iptables("-I", "FORWARD", "-j", "DOCKER-USER");
const before = iptables("-S");

const network = { device: bridge, subnets: ["172.30.0.0/16"], internal: false };
await writeFirewall(table, [{ ...network, icc: true, masquerade: true }], []);
await openForwarding(bridge);
await openForwarding(bridge);
const during = iptables("-S");

await closeForwarding(bridge);
const after = iptables("-S");
process.stdout.write(JSON.stringify({ before, during, after }));
