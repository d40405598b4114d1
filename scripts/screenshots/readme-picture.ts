import type { Browser } from "playwright-core";
import { startFakeApiServer } from "../../tests/support/fake-api-server.ts";
import { watchPage } from "./settle.ts";
import { pictureTime } from "./take-shots.ts";

const question = "How do I read a large file line by line in Python?";
const answer = `Open the file with a *context manager*, so that it is **closed even when something fails**:

\`\`\`python
from collections.abc import Iterator
from pathlib import Path

def read_lines(path: Path) -> Iterator[str]:
    """Lines without their breaks."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\\n")
\`\`\`

| Way | Memory | Good for |
|:----|-------:|:---------|
| \`for line in file\` | one line | large files |
| \`file.read()\` | the whole file | small texts |
| \`mmap\` | pages in use | looking things up |

- A file object is an iterator: only one line is in memory at a time.
- Name the encoding, or Windows will choose one for you.`;

/** The conversation that the README shows, asked and answered in the page. */
export async function takeReadmePicture(browser: Browser, webFolder: string): Promise<Buffer> {
  const server = await startFakeApiServer({ webFolder, now: pictureTime, answer: [answer] });
  const { state } = server;
  // A model that could have written it, and a list that is not padded.
  state.models = state.models.map((model) => ({ ...model, isDefault: model.id === "qwen3-4b" }));
  for (const chat of state.chatPage(null, 100).items.slice(5)) state.setDeleted(chat.id, true);
  const page = await browser.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  try {
    const { settled } = watchPage(page);
    await page.clock.setFixedTime(pictureTime);
    await page.goto(server.origin);
    await page.locator("textarea").fill(question);
    await page.keyboard.press("Enter");
    await page.locator("pre span").first().waitFor();
    await page.getByRole("button", { name: "Retry" }).waitFor();
    await settled();
    return await page.screenshot();
  } finally {
    await page.close();
    await server.close();
  }
}
