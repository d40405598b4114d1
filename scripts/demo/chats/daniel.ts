import { type DemoChat, minutesOfDay } from "../demo-chat.ts";

const readingFiles = `Open the file with a *context manager*, so that it is **closed even when something fails**:

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
- Name the encoding, or Windows will choose one for you.
- Reading is linear, \\(O(n)\\) in the length of the file.`;

export const chatsOfDaniel: readonly DemoChat[] = [
  {
    shows: "markdown, code, table, formula",
    language: "en",
    minutesAgo: 20,
    turns: [{ question: "How do I read a large file line by line in Python?", answers: [readingFiles] }],
  },
  {
    shows: "branches",
    language: "en",
    minutesAgo: 150,
    turns: [
      {
        question: "Give me a name for our stock report.",
        answers: [
          "*On the Shelf*",
          "*What We Have*: it says what is in it, and nobody has to ask.",
          "Three, from plain to playful:\n\n1. *Stock, week 47*\n2. *What we have*\n3. *The loom and the shelf*",
        ],
      },
      {
        question: "Give me a name for our stock report, in two words and without a number.",
        answers: ["*Cloth Count*"],
        isEdit: true,
      },
    ],
  },
  {
    shows: "failed",
    language: "en",
    minutesAgo: minutesOfDay + 40,
    turns: [
      {
        question: "Sort these 4,000 order lines by customer and add them up.",
        answers: [""],
        ending: {
          kind: "failed",
          code: "context_length_exceeded",
          details: { promptTokens: 31_480, contextTokens: 2048 },
        },
      },
    ],
  },
  {
    shows: "some days old",
    language: "en",
    minutesAgo: 9 * minutesOfDay,
    turns: [
      {
        question: "What is the difference between a quotation and a pro forma invoice?",
        answers: [
          "A **quotation** says what something would cost; nobody has agreed to anything yet. A **pro forma invoice** comes after the buyer has said yes and before the goods leave: customs and banks take it, but it asks for no payment by itself and does not go into the books.",
        ],
      },
    ],
  },
];
