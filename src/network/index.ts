export { checkExtraHost, containerHosts, type HostsOptions } from "./hosts.ts";
export {
  type Attachment,
  createNetwork,
  type Endpoint,
  type Network,
  type NetworkMode,
  type NetworkOptions,
} from "./network.ts";
export {
  containerResolvConf,
  formatResolvConf,
  parseResolvConf,
  type ResolvConf,
  type ResolvConfOptions,
} from "./resolv-conf.ts";
