// Words of another system, fit for a message: one line of bounded length, without what would act on a terminal.

/** White space and control characters become one space each run; what is longer than `maxChars` ends in an ellipsis. */
export function printable(words: string, maxChars = 500): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  const line = words.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
  return line.length > maxChars ? `${line.slice(0, maxChars - 1)}…` : line;
}
