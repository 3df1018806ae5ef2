export { checkExtraHost, containerHosts, type HostsOptions, ownLine } from "./hosts.ts";
export { createNetworkService, type NetworkServiceOptions } from "./local-networks.ts";
export type {
  Attachment,
  AttachOptions,
  Endpoint,
  EndpointRequest,
  Network,
  NetworkIdentity,
  NetworkMode,
  NetworkOptions,
  PortRequest,
  Protocol,
  PublishedPort,
} from "./network.ts";
export type {
  CreateNetworkOptions,
  Filters,
  IpamConfig,
  NetworkDocument,
  NetworkService,
} from "./network-service.ts";
export {
  containerResolvConf,
  formatResolvConf,
  parseResolvConf,
  type ResolvConf,
  type ResolvConfOptions,
} from "./resolv-conf.ts";
export { createNetwork, type StoreNetwork } from "./store-network.ts";
