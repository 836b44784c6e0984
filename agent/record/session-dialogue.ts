// Asks for the session before a recording, as the existing recorder does: keep, edit single fields, or walk through all.

import type { SessionTemplate } from "../../device/label.ts";
import {
  emptySessionTemplate,
  eventProblem,
  hasSessionTemplate,
  readCachedSessionTemplate,
  readSessionTemplate,
  writeSessionTemplate,
} from "../../device/session-template.ts";

/** Who answers. `ask` resolves null when there is nobody any more (end of input). */
export type Dialogue = {
  readonly ask: (question: string) => Promise<string | null>;
  readonly say: (text: string) => void;
};

export type SessionDialogueOptions = {
  /** The picture folder, which keeps the session for the next time. */
  readonly directory: string;
  readonly cacheDirectory: string;
  /** What is known already (configuration, flags); wins over the cache. */
  readonly known: Partial<SessionTemplate>;
  /** null: nobody to ask; what is known has to do. */
  readonly dialogue: Dialogue | null;
};

/** The session of a picture folder: the one it has, or a new one that is saved into it and into the cache. @throws when no usable event is given. */
export async function chooseSession(options: SessionDialogueOptions): Promise<SessionTemplate> {
  const { directory, cacheDirectory, known, dialogue } = options;
  if (hasSessionTemplate(directory)) {
    const session = { ...readSessionTemplate(directory), ...known } as SessionTemplate;
    requireEvent(session, directory);
    dialogue?.say(`Session of ${directory}:\n${show(session)}`);
    return session;
  }
  const start = {
    ...(readCachedSessionTemplate(cacheDirectory) ?? emptySessionTemplate),
    ...known,
  } as SessionTemplate;
  const session = dialogue === null ? start : await edit(start, dialogue);
  requireEvent(session, directory);
  writeSessionTemplate(directory, session);
  writeSessionTemplate(cacheDirectory, session);
  return session;
}

async function edit(start: SessionTemplate, dialogue: Dialogue): Promise<SessionTemplate> {
  let session = start;
  for (;;) {
    dialogue.say(`Session template:\n${show(session)}`);
    const answer = await dialogue.ask("enter = accept, e = edit fields, i = all fields: ");
    if (answer === null) return session;
    if (answer === "e") session = await editFields(session, dialogue);
    else if (answer === "i") session = await walkThrough(session, dialogue);
    else if (answer === "") {
      const problem = eventProblem(session.event);
      if (problem === null) return session;
      dialogue.say(problem);
    } else dialogue.say(`Expected enter, e or i, got "${answer}"`);
  }
}

/** `field:value` lines until an empty one. */
async function editFields(session: SessionTemplate, dialogue: Dialogue): Promise<SessionTemplate> {
  let edited = session;
  for (;;) {
    const line = await dialogue.ask("field:value (enter ends): ");
    if (line === null || line === "") return edited;
    const colon = line.indexOf(":");
    if (colon < 1) dialogue.say(`Expected field:value, got "${line}"`);
    else edited = { ...edited, [line.slice(0, colon).trim()]: line.slice(colon + 1).trim() };
  }
}

async function walkThrough(session: SessionTemplate, dialogue: Dialogue): Promise<SessionTemplate> {
  let edited = session;
  for (const [field, value] of Object.entries(session)) {
    const answer = await dialogue.ask(`${field} [${value}]: `);
    if (answer === null) return edited;
    if (answer !== "") edited = { ...edited, [field]: answer };
  }
  return edited;
}

function requireEvent(session: SessionTemplate, directory: string): void {
  const problem = eventProblem(session.event);
  if (problem !== null)
    throw new Error(
      `The session for ${directory} needs an event (--event NAME, or session_template.json in that folder). ${problem}`,
    );
}

function show(session: SessionTemplate): string {
  return JSON.stringify(session, null, 4);
}
