// The annotation API as the recorded cases show it (pyro-annotator, August 2026), in memory: what an importer is tested against.

import { pictureRoute, statusRoute } from "../pictures.ts";
import { createRouter } from "../router.ts";
import { createServerClock } from "../times.ts";
import { createTokens } from "../tokens.ts";
import { startWeb, type Web, type WebOptions } from "../web.ts";
import { accountRoutes, createGate } from "./accounts.ts";
import { alertRoutes } from "./alerts.ts";
import { detectionAnnotationRoutes } from "./detection-annotations.ts";
import { annotationBucket, detectionRoutes } from "./detections.ts";
import { type PlainSequence, plainState } from "./plain-state.ts";
import { sequenceAnnotationRoutes } from "./sequence-annotations.ts";
import { sequenceRoutes } from "./sequences.ts";
import type { AnnotationService } from "./service.ts";
import { smallListRoutes } from "./small-lists.ts";
import { type HumanChange, isHumanStage, Tables } from "./tables.ts";

export type AnnotationServerOptions = WebOptions & {
  /** The first account, a superuser; default admin / admin12345, as the real one's. */
  readonly username?: string;
  readonly password?: string;
  /** Requests a token is good for; default any number. */
  readonly tokenUses?: number;
  /** Default a day. */
  readonly tokenLifetimeMs?: number;
  /** Status for a request without a token: 403 on FastAPI before 2025-12; default 401. */
  readonly missingToken?: 401 | 403;
  /** Also under_annotation and needs_manual, the stages of servers before 2026-07-28; default false. */
  readonly olderStages?: boolean;
  /** What `from-bucket-key` copies from; null: not there. Default: nothing is. */
  readonly platformObject?: AnnotationService["platformObject"];
  /** Wall clock, ms since 1970; default Date.now. */
  readonly nowMs?: () => number;
};

/** Life: startAnnotationServer → use → close. */
export type AnnotationServer = Omit<Web, "origin"> & {
  /** Base address, as a client is given. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Comparable between runs: without ids and times of writing. */
  readonly state: () => readonly PlainSequence[];
  /** Requests that changed something, carried out. */
  readonly writes: () => number;
  /** Whatever touched a sequence that held a person's work. */
  readonly humanChanges: () => readonly HumanChange[];
  /** A person works on a sequence in the browser: its annotation, if there is none an empty one, gets this stage. @param key `pyronear_french 12` */
  readonly work: (key: string, stage: string) => void;
  /** Every token that was given out is refused from now on. */
  readonly expireTokens: () => void;
  /** Presigned addresses lead nowhere from now on, or do again. */
  readonly killPictures: (dead: boolean) => void;
};

/** Starts it on loopback. */
export async function startAnnotationServer(
  options: AnnotationServerOptions = {},
): Promise<AnnotationServer> {
  const { username = "admin", password = "admin12345", nowMs = Date.now } = options;
  const tables = new Tables();
  const now = createServerClock(nowMs);
  const tokens = createTokens("annotation", {
    lifetimeMs: options.tokenLifetimeMs ?? 86_400_000,
    nowMs,
    ...(options.tokenUses === undefined ? {} : { maxUses: options.tokenUses }),
  });
  seedUsers(tables, username, password, now());
  const service: AnnotationService = {
    tables,
    now,
    ...createGate(tables, tokens, options.missingToken ?? 401),
    stages: options.olderStages === true ? [...stages, "under_annotation", "needs_manual"] : stages,
    platformObject: options.platformObject ?? (async () => null),
  };
  let dead = false;
  const pictures = {
    load: (bucket: string, key: string) => (bucket === annotationBucket ? tables.bucket.get(key) : undefined),
    dead: () => dead,
  };
  const api = createRouter("/api/v1", [
    ...accountRoutes(service, tokens),
    // Before the sequences: `alert` is no id.
    ...alertRoutes(service),
    ...sequenceRoutes(service),
    ...detectionRoutes(service),
    ...sequenceAnnotationRoutes(service),
    ...detectionAnnotationRoutes(service),
    ...smallListRoutes(service),
  ]);
  const outside = createRouter("", [statusRoute(), pictureRoute(pictures)]);
  const { origin, ...web } = await startWeb(
    (method, path) => (path.startsWith("/api/v1/") ? api : outside)(method, path),
    options,
  );
  return {
    ...web,
    url: origin,
    username,
    password,
    state: () => plainState(tables),
    writes: () => writesIn(web.requests()),
    humanChanges: () => [...tables.humanChanges],
    work: (key, stage) => work(tables, key, stage, now()),
    expireTokens: tokens.expireAll,
    killPictures: (state) => {
      dead = state;
    },
  };
}

const stages = ["imported", "ready_to_annotate", "seq_annotation_done", "annotated"] as const;

function seedUsers(tables: Tables, username: string, password: string, created_at: number): void {
  const common = { is_active: true, created_at };
  tables.users.insert((id) => ({
    ...common,
    id,
    username,
    password,
    is_superuser: true,
    can_localize: true,
    is_system: false,
  }));
  tables.users.insert((id) => ({
    ...common,
    id,
    username: "worker",
    password: null,
    is_superuser: false,
    can_localize: false,
    is_system: true,
  }));
}

/** Answers 2xx to whatever is no reading and no login. */
function writesIn(requests: ReturnType<Web["requests"]>): number {
  return Object.entries(requests)
    .filter(([name]) => !name.startsWith("GET ") && !name.includes("/login"))
    .flatMap(([, { answered }]) => Object.entries(answered))
    .filter(([status]) => status.startsWith("2"))
    .reduce((sum, [, count]) => sum + count, 0);
}

/** @throws Error when there is no such sequence. */
function work(tables: Tables, key: string, processing_stage: string, at: number): void {
  const sequence = tables.sequences.byKey(key);
  if (sequence === undefined) throw new Error(`expected a sequence that is there, got ${key}`);
  const was = tables.annotationOf(sequence.id);
  if (was !== undefined) return void tables.annotations.update({ ...was, processing_stage, updated_at: at });
  tables.annotations.insert((id) => ({
    id,
    sequence_id: sequence.id,
    has_missed_smoke: false,
    is_unsure: false,
    tracks: [],
    processing_stage,
    created_at: at,
    updated_at: null,
    contributors: isHumanStage(processing_stage) ? [tables.users.get(1)!] : [],
  }));
}
