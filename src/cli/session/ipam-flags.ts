import { fail } from "#errors";
import type { IpamConfig } from "#network";

export interface IpamFlags {
  readonly subnet: readonly string[];
  readonly gateway: readonly string[];
  readonly ipRange: readonly string[];
  readonly auxAddress: Iterable<readonly [name: string, address: string]>;
}

/** What belongs together: each address and range to the subnet of its kind, IPv4 or IPv6. */
export function ipamConfigs({ subnet, gateway, ipRange, auxAddress }: IpamFlags): IpamConfig[] {
  const [subnets, gateways, ranges] = [subnet, gateway, ipRange].map((texts) =>
    texts.flatMap((text) => text.split(",")).filter(Boolean),
  );
  if ([gateways, ranges].some((list) => list?.length) && subnets?.length === 0)
    fail("invalid-argument", "every ip-range or gateway must have a corresponding subnet");
  const [lost] = [...auxAddress].filter(([, address]) => !subnets?.some(sameKind(address)));
  if (lost) fail("invalid-argument", `no matching subnet for aux-address ${lost[1]}`);
  return (subnets ?? []).map((Subnet) => {
    const [Gateway, ...moreGateways] = (gateways ?? []).filter(sameKind(Subnet));
    const [IPRange, ...moreRanges] = (ranges ?? []).filter(sameKind(Subnet));
    if (moreGateways.length > 0 && subnets?.length === 1)
      fail(
        "invalid-argument",
        `cannot configure multiple gateways (${moreGateways[0]}, ${Gateway}) for the same subnet (${Subnet})`,
      );
    if (moreRanges.length > 0 && subnets?.length === 1)
      fail(
        "invalid-argument",
        `cannot configure multiple ranges (${moreRanges[0]}, ${IPRange}) on the same subnet (${Subnet})`,
      );
    const own = [...auxAddress].filter(([, address]) => sameKind(Subnet)(address));
    return {
      Subnet,
      ...(Gateway && { Gateway }),
      ...(IPRange && { IPRange }),
      ...(own.length > 0 && { AuxiliaryAddresses: Object.fromEntries(own) }),
    };
  });
}

function sameKind(subnet: string): (address: string) => boolean {
  return (address) => address.includes(":") === subnet.includes(":");
}
