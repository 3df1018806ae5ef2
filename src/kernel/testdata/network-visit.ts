import { readlinkSync, writeFileSync } from "node:fs";
import { bindNewNetworkNamespace, inNetworkNamespace, NetlinkSocket, unmount } from "../index.ts";
import { readNetworkSetting, writeNetworkSetting } from "../network-namespace.ts";

/** Makes a network namespace at the file named, changes a setting there, and tells what is where. */
const [path = ""] = process.argv.slice(2);
const SETTING = "ipv4/ip_default_ttl";
const before = readlinkSync("/proc/thread-self/ns/net");
writeFileSync(path, "");
bindNewNetworkNamespace(path, () => {
  writeNetworkSetting(SETTING, "7");
  new NetlinkSocket(0)[Symbol.dispose]();
});
const inside = inNetworkNamespace(path, () => readNetworkSetting(SETTING));
const absent = inNetworkNamespace(path, () => readNetworkSetting("ipv4/no_such_thing"));
const outside = readNetworkSetting(SETTING);
const isBack = readlinkSync("/proc/thread-self/ns/net") === before;
unmount(path);
console.log(JSON.stringify({ inside, absent: absent === undefined, outside, isBack }));
process.exit(0);
