/** The bridge of a store that has been given no name for it. */
export function defaultDevice(storeId: string): string {
  return `shale-${storeId.slice(0, 8)}`;
}

/** The nftables table of a store. */
export function tableOf(storeId: string): string {
  return `shale_${storeId}`;
}

/** What is noted on a store's bridges, whatever their names are. */
export function aliasOf(storeId: string): string {
  return `shale ${storeId}`;
}

/** The host's end of a container's cable: the name follows from the owner, so that it needs no record. */
export function linkOf(storeId: string, owner: string, network: string): string {
  return `veth${sha256(`${storeId} ${owner} ${network}`).slice(0, 11)}`;
}

/** The ID of a container's place in a network. */
export function endpointId(owner: string, network: string): string {
  return sha256(`${owner} ${network}`);
}

function sha256(text: string): string {
  return new Bun.CryptoHasher("sha256").update(text).digest("hex");
}
