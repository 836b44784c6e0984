// The accounts of the contract servers under the names an import reads them by.
import type { ServersReady } from "./servers-protocol.ts";

export function platformEnvironment({
  annotation,
  platform,
}: ServersReady): Readonly<Record<string, string>> {
  return {
    PLATFORM_LOGIN: platform.reader.login,
    PLATFORM_PASSWORD: platform.reader.password,
    PLATFORM_ADMIN_LOGIN: platform.admin.login,
    PLATFORM_ADMIN_PASSWORD: platform.admin.password,
    LOCAL_ANNOTATION_LOGIN: annotation.username,
    LOCAL_ANNOTATION_PASSWORD: annotation.password,
  };
}
