// Where each file lies in a shard, and any part of the shard's bytes without building the whole.
import { blockBytes, endBytes, tarBytes, tarHeader } from "./tar.ts";

/** One file to be packed. */
export type Member = { readonly name: string; readonly size: number };

/** A file with its place: `start` is that of its header, `offset` that of its bytes, `end` that of what follows. */
export type PlacedMember = Member & {
  readonly start: number;
  readonly offset: number;
  readonly end: number;
};

export type Layout = { readonly members: readonly PlacedMember[]; readonly size: number };

/** Places files one after the other. */
export function layOut(members: readonly Member[]): Layout {
  let at = 0;
  const placed = members.map((member): PlacedMember => {
    const start = at;
    at += tarBytes(member.size);
    return { ...member, start, offset: start + blockBytes, end: at };
  });
  return { members: placed, size: at + endBytes };
}

/** The shard's bytes from `start` to before `end`. @param bytesOf a member's bytes, exactly `size` of them */
export async function readLayout(
  layout: Layout,
  start: number,
  end: number,
  bytesOf: (member: PlacedMember, index: number) => Promise<Uint8Array> | Uint8Array,
): Promise<Uint8Array> {
  const bytes = Buffer.alloc(end - start);
  for (const [index, member] of layout.members.entries()) {
    if (member.end <= start) continue;
    if (member.start >= end) break;
    overlay(bytes, start, tarHeader(member.name, member.size), member.start);
    if (member.offset < end && member.offset + member.size > start)
      overlay(bytes, start, await bytesOf(member, index), member.offset);
  }
  return bytes;
}

/** Writes what of `piece`, which lies at `pieceStart`, falls into `bytes`, which begin at `start`. */
export function overlay(bytes: Buffer, start: number, piece: Uint8Array, pieceStart: number): void {
  const from = Math.max(0, start - pieceStart);
  const to = Math.min(piece.byteLength, start + bytes.byteLength - pieceStart);
  if (from < to) bytes.set(piece.subarray(from, to), pieceStart + from - start);
}
