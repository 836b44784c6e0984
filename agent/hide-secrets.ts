// Takes secrets out of a text before anybody sees it: accounts in addresses, and the very keys and passwords of the environment.
import { hideSecrets } from "../device/camera/hide-secrets.ts";
import type { Environment } from "./credentials.ts";

const secretName = /(KEY|PWD|PASSWORD|SECRET|TOKEN)(_ID)?$/;
/** Where a shell stands, and stood: nobody's secret, and in every path. */
const workingFolders = ["PWD", "OLDPWD"];
/** A shorter value would take ordinary words out of every message. */
const shortestSecret = 4;

/** Makes the hider for an environment, which is asked for each text: keys are rotated while we run. */
export function createSecretHider(env: Environment): (text: string) => string {
  return (text) =>
    secretsOf(env).reduce((shown, secret) => shown.replaceAll(secret, "***"), hideSecrets(text));
}

function secretsOf(env: Environment): readonly string[] {
  return (
    Object.keys(env)
      .filter((name) => secretName.test(name) && !workingFolders.includes(name))
      .map((name) => readValue(env, name))
      .filter((value) => value.length >= shortestSecret)
      // The longest first, should one contain another.
      .sort((one, other) => other.length - one.length)
  );
}

function readValue(env: Environment, name: string): string {
  try {
    return env[name] ?? "";
  } catch {
    // A file of credentials that cannot be used: whoever needs them says so, and what hides them must not fail.
    return "";
  }
}
