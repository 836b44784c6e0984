// Takes passwords out of camera addresses and of what programs print about them, before anybody logs or shows them.

/** `text` with the user and password of every URL, and every password-like option in it, replaced by "***". */
export function hideSecrets(text: string): string {
  return (
    text
      // A scheme is short: without a bound a long text of letters would be looked through once for each of them.
      .replace(/([a-z][a-z0-9+.-]{0,40}:\/\/)[^\s/"'?#]*@/gi, "$1***@")
      .replace(
        /(?<![a-z])(pass|passwd|password|pwd|token|secret|key|auth|user|username)=[^&\s"'_#]+/gi,
        "$1=***",
      )
  );
}

/** As hideSecrets(), and hides the very password of `url` wherever it stands, however a program writes it. */
export function createSecretHider(url: string): (text: string) => string {
  const secrets = passwordsOf(url);
  return (text) => secrets.reduce((line, secret) => line.replaceAll(secret, "***"), hideSecrets(text));
}

function passwordsOf(url: string): string[] {
  const userinfo = /^[a-z][a-z0-9+.-]*:\/\/([^\s/?#]*)@/i.exec(url)?.[1];
  const password = userinfo?.slice(userinfo.indexOf(":") + 1);
  if (!userinfo?.includes(":") || password === undefined || password === "") return [];
  let decoded = password;
  try {
    decoded = decodeURIComponent(password);
  } catch {
    // A "%" that encodes nothing: the password is meant as it stands.
  }
  return [...new Set([password, decoded])];
}
