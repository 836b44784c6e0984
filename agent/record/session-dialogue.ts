// Asks for the session before a recording, as the existing recorder does: keep, edit single fields, or walk through all.
import type { SessionTemplate } from "../../device/label.ts";
import {
  emptySessionTemplate,
  eventProblem,
  hasSessionTemplate,
  parseSessionTemplate,
  readCachedSessionTemplate,
  readSessionTemplate,
  writeSessionTemplate,
} from "../../device/session-template.ts";
import type { SettingsFileError } from "../../device/settings-file.ts";

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
  /** Given: a session_template.json that cannot be used is told to it and passed over instead of thrown. */
  readonly lenient?: (problem: SettingsFileError) => void;
  /** Told when the session could not be remembered for the next folder; that is no reason not to record. */
  readonly warn: (text: string) => void;
};

/** The session of a picture folder: the one it has, or a new one that is saved into it and into the cache. @throws when no usable event is given. */
export async function chooseSession(options: SessionDialogueOptions): Promise<SessionTemplate> {
  const { directory, cacheDirectory, known, dialogue, lenient } = options;
  if (hasSessionTemplate(directory)) {
    const kept = readSessionTemplate(directory, lenient === undefined ? {} : { lenient });
    const session = { ...kept, ...known } as SessionTemplate;
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
  try {
    writeSessionTemplate(cacheDirectory, session);
  } catch (cause) {
    options.warn(`the session is not remembered for the next folder: ${(cause as Error).message}`);
  }
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
      const problems = problemsOf(session);
      if (problems.length === 0) return session;
      for (const problem of problems) dialogue.say(problem);
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
    else edited = withField(edited, line.slice(0, colon).trim(), line.slice(colon + 1).trim(), dialogue);
  }
}

async function walkThrough(session: SessionTemplate, dialogue: Dialogue): Promise<SessionTemplate> {
  let edited = session;
  for (const [field, value] of Object.entries(session)) {
    const answer = await dialogue.ask(`${field} [${value}]: `);
    if (answer === null) return edited;
    if (answer !== "") edited = withField(edited, field, answer, dialogue);
  }
  return edited;
}

/** The session with one field changed; a value that no label may have is told at once and not taken. */
function withField(
  session: SessionTemplate,
  field: string,
  value: string,
  { say }: Dialogue,
): SessionTemplate {
  const changed = { ...session, [field]: value };
  const before = new Set(problemsOf(session));
  const problems = problemsOf(changed).filter((problem) => !before.has(problem));
  for (const problem of problems) say(problem);
  return problems.length === 0 ? changed : session;
}

function problemsOf(session: SessionTemplate): readonly string[] {
  const parsed = parseSessionTemplate(session);
  if ("problems" in parsed) return parsed.problems as readonly string[];
  const problem = eventProblem(session.event);
  return problem === null ? [] : [problem];
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
