import type { Dockerfile, Instruction } from "#dockerfile";
import { fail } from "#errors";
import { isUrl } from "./copy-operation.ts";

const OWN_FRONTEND = /^(?:docker\.io\/)?docker\/dockerfile(?:-upstream)?(?:[:@].*)?$/;

/** Fails with `unsupported` for an instruction that asks for what this version cannot do. */
export function refuseUnsupported(instruction: Instruction): void {
  const feature = unsupportedFeature(instruction);
  if (feature !== undefined)
    fail("unsupported", `${feature} is not supported yet (line ${instruction.range.firstLine})`);
}

/** The file's `# syntax=` may name any version of the language that is built in. */
export function refuseForeignSyntax({ directives, name }: Dockerfile): void {
  const value = directives.syntax?.value.split(" ")[0];
  if (value === undefined || OWN_FRONTEND.test(value)) return;
  fail(
    "unsupported",
    `${name}:${directives.syntax?.line}: frontend ${value} is not supported: only docker/dockerfile is built in`,
  );
}

function unsupportedFeature(instruction: Instruction): string | undefined {
  switch (instruction.kind) {
    case "run":
      if (instruction.mountTexts.length > 0) return "RUN --mount";
      if (instruction.network !== "default") return "RUN --network";
      if (instruction.security !== "sandbox") return "RUN --security";
      return instruction.devices.length > 0 ? "RUN --device" : undefined;
    case "copy":
      return instruction.parents ? "COPY --parents" : undefined;
    case "add":
      if (instruction.keepGitDir !== undefined) return "ADD --keep-git-dir";
      return instruction.unpack && instruction.sources.some(isUrl)
        ? "ADD --unpack of a URL"
        : undefined;
    default:
      return undefined;
  }
}
