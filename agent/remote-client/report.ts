// What comes back from a device: JSON whose fields may grow.

/** An object of a device: health, info, the data of an answer. */
export type DeviceReport = Readonly<Record<string, unknown>>;

/** An answer as it is printed with --json; what never reached the device is answered here, with a code of ours. */
export type RemoteAnswer =
  | { readonly status: "ok"; readonly data?: unknown; readonly transaction?: unknown }
  | {
      readonly status: "error";
      /** One of `ownCodes`, or the device's. */
      readonly error: { readonly code: string; readonly message: string };
      readonly transaction?: unknown;
    };

/** What went wrong on the way: no broker, nobody of that name, away, no answer in time, the broker forbids it, no answer of a device. */
export type OwnCode = (typeof ownCodes)[number];
const ownCodes = ["no_broker", "unknown_device", "offline", "timeout", "not_allowed", "bad_answer"] as const;

/** An answer that never came from a device. */
export function ownFailure(code: OwnCode, message: string): RemoteAnswer {
  return { status: "error", error: { code, message } };
}

/** Whether the device itself was never heard. */
export function isOwnFailure(answer: RemoteAnswer): boolean {
  return answer.status === "error" && ownCodes.some((code) => code === answer.error.code);
}
