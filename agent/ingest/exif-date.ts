// When a camera says it took a picture: the dates of an EXIF block (TIFF 6.0 directories; EXIF 2.32, 4.6.5).

const dateTime = 0x0132;
const exifDirectory = 0x8769;
const dateTimeOriginal = 0x9003;
const offsetTimeOriginal = 0x9011;
const subSecondsOriginal = 0x9291;

/** ms since 1970; without a zone it counts as UTC. null: no date, or one that is none. */
export function readExifDate(exif: Uint8Array): number | null {
  const start = String.fromCharCode(...exif.subarray(0, 4)) === "Exif" ? 6 : 0;
  const block = exif.subarray(start);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  try {
    const order = view.getUint16(0);
    if (order !== 0x4949 && order !== 0x4d4d) return null;
    const isLittle = order === 0x4949;
    const main = readDirectory(view, view.getUint32(4, isLittle), isLittle);
    const detail = main.has(exifDirectory)
      ? readDirectory(view, main.get(exifDirectory)!.value, isLittle)
      : (new Map() as Directory);
    const text = (directory: Directory, tag: number): string | null => {
      const entry = directory.get(tag);
      return entry === undefined || entry.type !== 2 ? null : readText(view, entry);
    };
    return (
      dateOfExif(text(detail, dateTimeOriginal), {
        fraction: text(detail, subSecondsOriginal),
        zone: text(detail, offsetTimeOriginal),
      }) ?? dateOfExif(text(main, dateTime), { fraction: null, zone: null })
    );
  } catch (cause) {
    // Whatever wrote the block, it points outside of it: the picture itself is as good as before.
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

type Entry = { readonly type: number; readonly count: number; readonly value: number; readonly at: number };
type Directory = ReadonlyMap<number, Entry>;

const mostEntries = 512;

function readDirectory(view: DataView, at: number, isLittle: boolean): Directory {
  const count = Math.min(view.getUint16(at, isLittle), mostEntries);
  const entries = new Map<number, Entry>();
  for (let index = 0; index < count; index += 1) {
    const place = at + 2 + index * 12;
    entries.set(view.getUint16(place, isLittle), {
      type: view.getUint16(place + 2, isLittle),
      count: view.getUint32(place + 4, isLittle),
      value: view.getUint32(place + 8, isLittle),
      at: place + 8,
    });
  }
  return entries;
}

/** Up to four characters stand in the entry itself. */
function readText(view: DataView, { count, value, at }: Entry): string {
  const place = count <= 4 ? at : value;
  const characters: number[] = [];
  for (let index = 0; index < Math.min(count, 64); index += 1) {
    const character = view.getUint8(place + index);
    if (character === 0) break;
    characters.push(character);
  }
  return String.fromCharCode(...characters).trim();
}

function dateOfExif(
  text: string | null,
  { fraction, zone }: { fraction: string | null; zone: string | null },
): number | null {
  const match = /^(\d{4}):(\d{2}):(\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(text ?? "");
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  // A clock that was never set says 0000:00:00.
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23) return null;
  const milliseconds = /^\d+$/.test(fraction ?? "") ? Math.floor(Number(`0.${fraction}`) * 1000) : 0;
  const offset = /^([+-])(\d{2}):(\d{2})$/.exec(zone ?? "");
  const offsetMs =
    offset === null
      ? 0
      : (offset[1] === "-" ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) - offsetMs;
}
