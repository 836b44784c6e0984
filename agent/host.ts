// What stands above an agent: whoever began it can begin it anew, under another configuration, and take that back.
import type { Config } from "./config.ts";
import type { ConfigHands, LogHands, Report } from "./remote/hands.ts";

/** What is said of the configuration in health. */
export type ConfigState = {
  /** Where its values come from, under what is staged, environment and flags. */
  readonly base: "file" | "defaults" | "last good";
  /** The newest change from afar that is in force; null: none is. */
  readonly staged: { readonly id: string; readonly at: string; readonly state: "trying" | "kept" } | null;
  /** Why something that is on disk is not in force; null: everything is. */
  readonly problem: string | null;
};

export type AgentHost = {
  readonly config: ConfigHands & { readonly state: () => ConfigState };
  /** The configuration in force, with what was changed without beginning anew. */
  readonly current: () => Config;
  readonly log: LogHands;
  readonly restart: () => Promise<Report>;
};
