import { fail } from "#errors";
import type { Connection } from "./database.ts";
import type { AddressTable } from "./state.ts";

interface Taken {
  address: string;
  owner: string;
}

/** Which address of which network is whose. */
export function addressTable(db: Connection): AddressTable {
  const list = (network: string) =>
    db.all<Taken>("SELECT address, owner FROM addresses WHERE network = $network", { network });
  return {
    list,
    owners: () => db.all<Taken>("SELECT DISTINCT owner FROM addresses").map(({ owner }) => owner),
    take: (network, candidates, owner) =>
      db.transaction("relaxed", () => {
        const address = firstFree(candidates, new Set(list(network).map((row) => row.address)));
        if (address === undefined)
          return fail("resource-exhausted", `network ${network} has no free address left`);
        const values = { network, address, owner };
        db.write("relaxed", "INSERT INTO addresses VALUES ($network, $address, $owner)", values);
        return address;
      }),
    release: (owner, network) => {
      const one = network === undefined ? "" : " AND network = $network";
      const values = { owner, ...(network !== undefined && { network }) };
      db.write("relaxed", `DELETE FROM addresses WHERE owner = $owner${one}`, values);
    },
  };
}

function firstFree(candidates: Iterable<string>, taken: ReadonlySet<string>): string | undefined {
  for (const candidate of candidates) if (!taken.has(candidate)) return candidate;
  return undefined;
}
