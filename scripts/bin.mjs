#!/usr/bin/env node
// The `outrider` command: the built program where there is one, else the sources through tsx.
import { existsSync } from "node:fs";

const built = new URL("../dist/outrider.js", import.meta.url);
if (existsSync(built)) await import(built.href);
else {
  const { register } = await import("tsx/esm/api");
  register();
  await import(new URL("./outrider.ts", import.meta.url).href);
}
