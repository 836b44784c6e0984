// The only importer of onnxruntime-node. It is loaded on first use: a car that only records never pays for it.

/** Loads the inference runtime and returns its version. @throws when this machine cannot run it. */
export async function loadInferenceRuntime(): Promise<string> {
  const { env } = await import("onnxruntime-node");
  return env.versions.node ?? env.versions.common;
}
