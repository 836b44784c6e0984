// MQTT topic names and filters (MQTT 5.0 §4.7): is it one, does it match. Without them a wildcard in a publish closes the connection.

const maxBytes = 65_535; // a topic is a length-prefixed string with a 16-bit length (§1.5.4)

/** Whether `topic` may be published to: not empty, no wildcard, no NUL, at most 65 535 bytes of well-formed text. */
export function isTopicName(topic: string): boolean {
  return isTopicText(topic) && !/[+#]/.test(topic);
}

/** Whether `filter` may be subscribed to: `+` fills a whole level, `#` is the whole last level. */
export function isTopicFilter(filter: string): boolean {
  if (!isTopicText(filter)) return false;
  const levels = filter.split("/");
  return levels.every(
    (level, index) => level === "+" || (level === "#" && index === levels.length - 1) || !/[+#]/.test(level),
  );
}

/** Whether a published topic is meant by a filter. Wildcards at the front do not match `$` topics (§4.7.2). */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  if (topic.startsWith("$") && (wanted[0] === "+" || wanted[0] === "#")) return false;
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true; // "a/#" also matches "a": levels before it were compared already
    if (index >= levels.length) return false;
    if (level !== "+" && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}

function isTopicText(text: string): boolean {
  return text.length > 0 && !text.includes("\0") && isWellFormed(text) && Buffer.byteLength(text) <= maxBytes;
}

/** A lone surrogate has no UTF-8 form; encoding would turn it into another topic. */
function isWellFormed(text: string): boolean {
  return !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text);
}
