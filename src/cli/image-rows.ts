import type { ImageSummary } from "#image";
import { goTime } from "./local-time.ts";
import { type Column, humanSince, humanSize, truncateId } from "./output/index.ts";

/** A line about an image: each of its names has one. */
export interface ImageRow<Image extends ImageSummary = ImageSummary> {
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  readonly image: Image;
}

export interface ImageColumnOptions {
  /** IDs as they are, not shortened. */
  readonly whole?: boolean;
  /** With the column of digests. */
  readonly digests?: boolean;
}

const NONE = "<none>";

/** A row for each tag of an image, or one without; with `digests` one for each digest too. */
export function imageRows(image: ImageSummary, digests: boolean): ImageRow[] {
  const byRepository = digestsByRepository(image);
  const tagged = image.repoTags.map(splitTag);
  const rows = tagged.flatMap(({ repository, tag }) => {
    const own = digests ? byRepository.get(repository) : undefined;
    return (own ?? [NONE]).map((digest) => ({ repository, tag, digest, image }));
  });
  for (const { repository } of tagged) byRepository.delete(repository);
  const untagged = [...byRepository].flatMap(([repository, all]) =>
    (digests ? all : [NONE]).map((digest) => ({ repository, tag: NONE, digest, image })),
  );
  const found = [...rows, ...untagged];
  return found.length > 0 ? found : [{ repository: NONE, tag: NONE, digest: NONE, image }];
}

/** The columns that all listings of images share, as docker's CLI names them. */
export function imageColumns({
  whole = false,
  digests = false,
}: ImageColumnOptions): Column<ImageRow>[] {
  const id = (text: string) => (whole ? text : truncateId(text));
  return [
    { key: "Repository", header: "REPOSITORY", value: ({ repository }) => repository },
    { key: "Tag", header: "TAG", value: ({ tag }) => tag },
    { key: "Digest", header: "DIGEST", value: ({ digest }) => digest, hidden: !digests },
    { key: "ID", header: "IMAGE ID", value: ({ image }) => id(image.id) },
    { key: "CreatedSince", header: "CREATED", value: ({ image }) => createdSince(image) },
    {
      ...{ key: "CreatedAt", header: "CREATED AT", hidden: true },
      value: ({ image }) => goTime(image.created),
    },
    { key: "Size", header: "SIZE", value: ({ image }) => humanSize(image.size) },
    {
      ...{ key: "VirtualSize", header: "SIZE", hidden: true },
      value: ({ image }) => humanSize(image.size, 4),
    },
  ];
}

/** How long ago something was made; `N/A` where nobody wrote it down. */
export function createdSince({ created }: { readonly created: number }): string {
  return created > 0 ? humanSince(created) : "N/A";
}

function digestsByRepository({ repoDigests }: ImageSummary): Map<string, string[]> {
  const all = new Map<string, string[]>();
  for (const name of repoDigests) {
    const at = name.indexOf("@");
    const repository = name.slice(0, at);
    all.set(repository, [...(all.get(repository) ?? []), name.slice(at + 1)]);
  }
  return all;
}

/** Repository and tag of a familiar name, which has both. */
function splitTag(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(0, colon), tag: name.slice(colon + 1) };
}
