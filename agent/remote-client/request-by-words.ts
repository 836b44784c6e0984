// Asks a device what a person typed: words are made parameters by the device's own help.
import { type CommandHelp, readHelp } from "./command-schema.ts";
import type { AskOptions, RemoteClient } from "./open-client.ts";
import { isOwnFailure, type RemoteAnswer } from "./report.ts";
import { parametersOf } from "./words.ts";

type Asker = Pick<RemoteClient, "ask">;
type Limits = Omit<AskOptions, "parameters">;

/** What a device says of its commands; null with the answer it gave instead. */
export async function askForHelp(
  client: Asker,
  device: string,
  limits: Limits,
): Promise<{ readonly answer: RemoteAnswer; readonly commands: readonly CommandHelp[] | null }> {
  const answer = await client.ask(device, "help", { ...limits, parameters: {} });
  return { answer, commands: answer.status === "ok" ? readHelp(answer.data) : null };
}

export type Request = {
  readonly device: string;
  readonly command: string;
  readonly words: readonly string[];
};

/** @throws WordsError when the words do not fit the command; the signal's reason. */
export async function requestByWords(
  client: Asker,
  { device, command, words }: Request,
  limits: Limits,
): Promise<RemoteAnswer> {
  if (words.length === 0) return client.ask(device, command, { ...limits, parameters: {} });
  const { answer, commands } = await askForHelp(client, device, limits);
  if (isOwnFailure(answer)) return answer;
  // A device may be told to give no help: then words are taken as they look.
  const help = commands?.find(({ name }) => name === command) ?? null;
  return client.ask(device, command, { ...limits, parameters: parametersOf(words, help) });
}
