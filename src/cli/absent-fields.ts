import { asDocument } from "./template/index.ts";

/** Fields by the part of a document that has them. */
type Fields = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const CONFIG = {
  ...{ User: "", ExposedPorts: null, Env: null, Entrypoint: null, Cmd: null, Volumes: null },
  ...{ WorkingDir: "", Labels: null, StopSignal: "", ArgsEscaped: false, Healthcheck: null },
  ...{ OnBuild: null, Shell: null },
};

const IMAGE: Fields = {
  "": { Created: "", Variant: "", OsVersion: "" },
  Config: CONFIG,
  RootFS: { Layers: null },
};

const CONTAINER: Fields = {
  "": { SizeRw: null, SizeRootFs: null },
  Config: { ...CONFIG, StopTimeout: null },
  State: { Health: null },
};

/**
 * Docker's types have fields that its JSON leaves out when they are empty. A template can name them
 * all the same: `{{.Config.Labels}}` of an image without labels is `map[]`. As what a document
 * inherits, they are there for templates and not in its JSON.
 */
export function addAbsentFields(document: object): object {
  const fields = "RootFS" in document ? IMAGE : CONTAINER;
  for (const [part, absent] of Object.entries(fields)) {
    const target = part === "" ? document : Reflect.get(document, part);
    if (typeof target === "object" && target !== null)
      Object.setPrototypeOf(target, asDocument(absent, part) as object);
  }
  return document;
}
