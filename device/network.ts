// What this machine knows of its way to the world: addresses and default routes, as short facts that can be compared.
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";

/** Facts like "address wlan0 192.168.1.7" and "route wlan0 0101A8C0"; none: there is no way out. Cheap enough for every second. */
export function readNetwork(): readonly string[] {
  const addresses = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? [])
      // A link-local address is there without any network.
      .filter(({ internal, address }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
      .map(({ address }) => `address ${name} ${address}`),
  );
  return [...addresses, ...routesOf(readTable("/proc/net/route"))];
}

/** The default routes of /proc/net/route: interface and gateway, both as the kernel writes them. */
export function routesOf(table: string): readonly string[] {
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.split(/\s+/))
    .filter(([, destination, , , , , , mask]) => destination === "00000000" && mask === "00000000")
    .map(([name, , gateway]) => `route ${name} ${gateway}`);
}

function readTable(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Not Linux: addresses alone tell.
    return "";
  }
}
