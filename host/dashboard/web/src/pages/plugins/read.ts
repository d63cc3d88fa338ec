/** Files that are dropped or chosen, before the host sees them. */
import { ApiError, type Bytes } from "../../data/api";
import { text } from "../../format/units";

/** The host takes no larger one. */
const LARGEST = 64 * 1024 * 1024;

/** The one file of what was dropped, or why it cannot be taken. */
export function theOne(files: readonly { name: string; size: number }[]): string | undefined {
  if (files.length === 0) return "no file was dropped";
  if (files.length > 1) return `${files.length} files were dropped: one plugin at a time`;
  return undefined;
}

/** Its bytes, read once: what is inspected is what is installed, whatever becomes of the file meanwhile. */
export async function readPlugin(file: Pick<File, "name" | "size" | "arrayBuffer">): Promise<Bytes> {
  if (file.size > LARGEST) {
    throw new ApiError(`it has ${text(file.size, "B")}; a plugin has at most ${text(LARGEST, "B")}`, undefined, 413);
  }
  if (file.size === 0) throw new ApiError("it is empty", "build it again, or choose another file", 422);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new ApiError("the browser cannot read it", "a folder, or a file that is gone or not yours to read?", 422);
  }
}
