// The services of an import, opened from its options and accounts and asked whether they are there and let us in.
import type { AnnotationApi } from "../../sync/clients/annotation-api.ts";
import { createAnnotationApi } from "../../sync/clients/annotation-client.ts";
import type { EachCall } from "../../sync/clients/each-call.ts";
import { createPictureDownload } from "../../sync/clients/picture-download.ts";
import { createPlatformApi } from "../../sync/clients/platform-client.ts";
import type { Person } from "../person.ts";
import type { ImportAccounts } from "./accounts.ts";
import { createCloneSource } from "./clone-source.ts";
import { explainFailure, type Service } from "./failure-words.ts";
import { createGone, type Gone } from "./gone.ts";
import type { ImportSource } from "./import-source.ts";
import type { ImportOptions } from "./options.ts";
import type { Again } from "./patience.ts";
import { openPlatformSource } from "./platform-source.ts";

export type OpenServicesOptions = {
  readonly options: ImportOptions;
  readonly accounts: ImportAccounts;
  /** PEM file of the authority that signed their certificates; null: a public one. */
  readonly caFile: string | null;
  /** Connections at once to each. */
  readonly maxConnections: number;
  readonly again: Again;
  /** Tries a little: for the first look, while a person waits. */
  readonly quick: Again;
  readonly add: <T extends { readonly close: () => Promise<void> }>(part: T) => T;
  readonly person: Pick<Person, "progress">;
  readonly signal: AbortSignal;
};

export type Services = {
  /** Where the sequences go; null: not to an annotation API. */
  readonly api: AnnotationApi | null;
  readonly source: ImportSource;
  readonly gone: Gone;
};

/** @throws SyncError with what to do about it. */
export async function openServices(given: OpenServicesOptions): Promise<Services> {
  const { options, accounts, quick, add, signal } = given;
  const probes: (() => Promise<void>)[] = [];
  const reach = async (service: Service, probe: Probe): Promise<void> => {
    // Each call by itself: several good answers in a row are rare on a bad way.
    const look = (): Promise<void> =>
      probe((call) => quick(`look for the ${service.name}`, call)).catch((cause: unknown) => {
        throw explainFailure(service, cause);
      });
    await look();
    probes.push(look);
  };
  const openAnnotation = async (url: string, account: ImportAccounts["annotation"], option: string) => {
    const login = async () => account!;
    const api = add(createAnnotationApi({ url, login, ...connectionsOf(given) }));
    await reach(annotationService(url, option), (each) => api.probe(signal, each));
    return api;
  };
  const gone = createGone(async () => {
    for (const probe of probes) {
      try {
        await probe();
      } catch (cause) {
        signal.throwIfAborted();
        return cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
      }
    }
    return null;
  });
  const api =
    accounts.annotation === null
      ? null
      : await openAnnotation(options.annotationUrl, accounts.annotation, "--url-api-annotation");
  return { api, gone, source: await openSource(given, { api, gone, reach, openAnnotation }) };
}

type Probe = (each: EachCall) => Promise<void>;

type Opening = {
  readonly api: AnnotationApi | null;
  readonly gone: Gone;
  readonly reach: (service: Service, probe: Probe) => Promise<void>;
  readonly openAnnotation: (
    url: string,
    account: ImportAccounts["annotation"],
    option: string,
  ) => Promise<AnnotationApi>;
};

async function openSource(given: OpenServicesOptions, opening: Opening): Promise<ImportSource> {
  const { options, accounts, add, signal } = given;
  const { clone, skipPlatformFetch } = options;
  if (clone !== null || skipPlatformFetch) {
    const from =
      clone === null
        ? opening.api!
        : await opening.openAnnotation(clone.url, accounts.cloned, "--source-annotation-url");
    const { picture } = add(createPictureDownload(connectionsOf(given)));
    return createCloneSource({ ...given, from, download: picture });
  }
  const { user, admin } = accounts.platform!;
  const url = options.platformUrl;
  const platform = add(
    createPlatformApi({
      url,
      login: async () => user,
      adminLogin: async () => admin,
      ...connectionsOf(given),
    }),
  );
  const service = {
    name: "alert platform",
    url,
    option: "--url-api-platform",
    variables:
      "PLATFORM_LOGIN, PLATFORM_PASSWORD, PLATFORM_ADMIN_LOGIN, PLATFORM_ADMIN_PASSWORD; the administrator may list organizations",
  };
  await opening.reach(service, (each) => platform.probe(signal, each));
  return await openPlatformSource({ ...given, gone: opening.gone, platform }).catch((cause: unknown) => {
    throw explainFailure(service, cause);
  });
}

function connectionsOf({ caFile, maxConnections }: OpenServicesOptions) {
  return { maxConnections, ...(caFile === null ? {} : { caFile }) };
}

function annotationService(url: string, option: string): Service {
  return {
    name: "annotation API",
    url,
    option,
    variables:
      "LOCAL_ANNOTATION_LOGIN and _PASSWORD for one on this machine, MAIN_ANNOTATION_LOGIN and _PASSWORD for any other",
  };
}
