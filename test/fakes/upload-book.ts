// A book of uploads in memory, for tests that do not need it to survive.
import type { UploadBook, UploadRecord } from "../../sync/buckets/upload-book.ts";

export function createMemoryUploadBook(): UploadBook & { readonly records: Map<string, UploadRecord> } {
  const records = new Map<string, UploadRecord>();
  return {
    records,
    get: (key) => records.get(key) ?? null,
    put: async (record) => void records.set(record.key, record),
    remove: async (key) => void records.delete(key),
    list: () => [...records.values()],
  };
}
