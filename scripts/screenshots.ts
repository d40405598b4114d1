// `npm run screenshots [page...]`: one contact sheet per page into screenshots/, from seeded data. Look at them side by
// side before a page is called done: nothing may be cut, jump or overlap. `npm run screenshots readme` takes the
// pictures in the README anew, of the demo.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { openBrowser } from "../tests/support/open-browser.ts";
import { type PageState, pages } from "../tests/support/page-states.ts";
import { buildPart } from "./build.ts";
import { layOut, type Picture } from "./screenshots/lay-out.ts";
import { takeReadmePictures } from "./screenshots/readme-pictures.ts";
import { takeShots } from "./screenshots/take-shots.ts";
import { captionOf, fewVariants, fullVariants, type Variant } from "./screenshots/variants.ts";
import { rootFolder } from "./setup/root-folder.mjs";

/** Each is a page in a process of its own; more than the processors are only in each other's way. */
const atOnce = 2;
const webFolder = path.join(rootFolder, "dist", "web");
const outFolder = path.join(rootFolder, "screenshots");
const readmeFolder = path.join(rootFolder, "docs", "images");

interface Wish {
  readonly pageName: string;
  readonly state: PageState;
  readonly variants: readonly Variant[];
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => name !== "readme" && !(name in pages));
if (unknown.length > 0) {
  console.error(`There is no page ${unknown.join(", ")}. There are: ${Object.keys(pages).join(", ")}, readme.`);
  process.exit(1);
}
const wishes = Object.entries(pages).flatMap(([pageName, states]): Wish[] =>
  names.length > 0 && !names.includes(pageName)
    ? []
    : states.map((state, index) => ({ pageName, state, variants: index === 0 ? fullVariants : fewVariants })),
);

await buildPart("web");
await mkdir(outFolder, { recursive: true });
const browser = await openBrowser();
try {
  if (names.includes("readme")) {
    for (const [name, picture] of await takeReadmePictures(browser)) {
      await write(path.join(readmeFolder, `${name}.webp`), picture);
    }
  }
  const taken = new Map<string, Buffer>();
  const countOf = (variant: Variant) => wishes.filter((wish) => wish.variants.includes(variant)).length;
  const keyOf = (wish: Wish, variant: Variant) => `${wish.pageName}/${wish.state.state}/${captionOf(variant)}`;
  // Those with the most pictures first, so that the last one does not run alone.
  const variants = fullVariants.toSorted((one, other) => countOf(other) - countOf(one));
  await eachOf(variants, async (variant) => {
    const own = wishes.filter((wish) => wish.variants.includes(variant));
    const shots = await takeShots(
      browser,
      webFolder,
      variant,
      own.map((wish) => wish.state),
    );
    for (const [index, wish] of own.entries()) taken.set(keyOf(wish, variant), shots[index] ?? Buffer.alloc(0));
  });
  await eachOf([...new Set(wishes.map((wish) => wish.pageName))], async (pageName) => {
    const pictures = wishes
      .filter((wish) => wish.pageName === pageName)
      .flatMap((wish) =>
        wish.variants.map((variant): Picture => ({
          caption: `${wish.state.state} · ${captionOf(variant)}`,
          png: taken.get(keyOf(wish, variant)) ?? Buffer.alloc(0),
          width: variant.width,
        })),
      );
    await write(path.join(outFolder, `${pageName}.png`), await layOut(browser, pictures));
  });
} finally {
  await browser.close();
}

/** A few at a time, in order. */
async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function write(file: string, picture: Buffer): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, picture);
  console.log(path.relative(rootFolder, file));
}
