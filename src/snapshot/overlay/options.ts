/** What depends on whether this is the machine's root or that of a user namespace. */
export interface OverlayMode {
  readonly rootless: boolean;
  readonly xattrPrefix: "trusted.overlay." | "user.overlay.";
  readonly options: readonly string[];
}

/**
 * Set whatever the kernel's defaults are: a renamed directory and a changed attribute must be in
 * the upper directory in full, or its diff would miss them; an attribute in a hostile layer must
 * not make overlay look elsewhere.
 */
export const FIXED_OPTIONS = ["index=off", "metacopy=off", "redirect_dir=nofollow"] as const;

export function overlayMode(rootless: boolean): OverlayMode {
  return rootless
    ? { rootless, xattrPrefix: "user.overlay.", options: ["userxattr"] }
    : { rootless, xattrPrefix: "trusted.overlay.", options: [] };
}
