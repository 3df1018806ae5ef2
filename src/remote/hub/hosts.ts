/** The registry's name in references and for credentials. */
export const HUB = "docker.io";

/** Where it is served. */
export const HUB_HOST = "registry-1.docker.io";

/** Where it is searched. */
export const HUB_INDEX = "index.docker.io";
