// Takes secrets out of a text before anybody sees it: accounts in addresses, and the very keys and passwords of the environment.
import { hideSecrets } from "../device/camera/hide-secrets.ts";
import type { Environment } from "./credentials.ts";

const secretName = /(KEY|PWD|PASSWORD|SECRET|TOKEN)(_ID)?$/;
/** A shorter value would take ordinary words out of every message. */
const shortestSecret = 4;

/** Makes the hider for an environment. */
export function createSecretHider(env: Environment): (text: string) => string {
  const secrets = Object.entries(env)
    .filter(([name, value]) => secretName.test(name) && (value ?? "").length >= shortestSecret)
    .map(([, value]) => value!)
    // The longest first, should one contain another.
    .sort((one, other) => other.length - one.length);
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), hideSecrets(text));
}
