import { type DemoChat, minutesOfDay } from "../demo-chat.ts";

/** Asked of the starter model while the demo is prepared, and broken off by a real stop: it can be continued. */
export const interruptedQuestion = "Tell me a long story about a lighthouse keeper and her dog.";

export const chatsOfLena: readonly DemoChat[] = [
  {
    shows: "fresh",
    language: "en",
    minutesAgo: 2,
    turns: [
      {
        question: "Is a scarf of 70 × 180 cm too large for a parcel of 1 kg?",
        answers: [
          "No. A cotton scarf of that size weighs about 150 g and folds to 20 × 25 × 3 cm. Five of them and the box stay under 1 kg.",
        ],
      },
    ],
  },
  {
    shows: "cut at its length",
    language: "en",
    minutesAgo: 4 * 60,
    turns: [
      {
        question: "Write the text for our autumn catalogue.",
        answers: [
          "## Autumn\n\nThe days grow short, and cloth grows heavier. This season we have chosen khadi in the colours of a harvested field: straw, clay, the blue of evening. Every piece was spun and woven by hand in Rajshahi and Tangail, and every label carries the weaver's name.\n\n### The long scarf\n\nSeventy by one hundred and eighty centimetres, soft from the first day. It",
        ],
        ending: { kind: "length" },
      },
    ],
  },
  {
    shows: "renamed",
    language: "en",
    minutesAgo: 2 * minutesOfDay,
    title: "Customs, what we learned",
    turns: [
      {
        question: "Which papers does a parcel of cloth from Bangladesh need in Hamburg?",
        answers: [
          "For a commercial parcel, as a list to check against what your customs agent says:\n\n- commercial invoice, with the price and the currency\n- packing list\n- customs declaration with the tariff number of each kind of cloth\n- a statement of origin, where a lower duty is claimed\n\nRules change; the agent's word counts, not this list.",
        ],
      },
    ],
  },
];
