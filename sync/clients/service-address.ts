// The base address of a web service, in one form however a person wrote it: what is sent there is booked under it.

/** Without `/api/v1` and slash at its end, host in small letters, no usual port. @throws Error when it is none, or has user, password, ? or #. */
export function serviceAddress(text: string): string {
  const address = URL.canParse(text) ? new URL(text) : null;
  if (address === null || !["http:", "https:"].includes(address.protocol))
    throw new Error(`Expected an address that begins with http:// or https://, got "${withoutUser(text)}"`);
  if (address.username !== "" || address.password !== "")
    throw new Error(`Expected an address without user and password, got one for ${address.host}`);
  if (address.search !== "" || address.hash !== "")
    throw new Error(`Expected an address without ? and #, got ${address.origin}${address.pathname}…`);
  return `${address.origin}${address.pathname.replace(/\/+$/, "").replace(/\/api\/v1$/, "")}`;
}

function withoutUser(text: string): string {
  return text.replace(/[^/@]*@/, "…@").slice(0, 200);
}
