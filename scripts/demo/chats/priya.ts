import { type DemoChat, type DemoTurn, minutesOfDay } from "../demo-chat.ts";

/** What one says, how it is written, how it sounds. */
const phrases: readonly (readonly [string, string, string])[] = [
  ["Good morning", "সুপ্রভাত", "shuprobhat"],
  ["How are you?", "কেমন আছেন?", "kemon achhen?"],
  ["I am well", "ভালো আছি", "bhalo achhi"],
  ["Thank you", "ধন্যবাদ", "dhonnobad"],
  ["Please sit down", "বসুন", "boshun"],
  ["What is your name?", "আপনার নাম কী?", "apnar nam ki?"],
  ["My name is Priya", "আমার নাম প্রিয়া", "amar nam Priya"],
  ["Where are you from?", "আপনি কোথা থেকে এসেছেন?", "apni kotha theke eshechhen?"],
  ["I come from Kochi", "আমি কোচি থেকে এসেছি", "ami Kochi theke eshechhi"],
  ["How much is it?", "দাম কত?", "dam koto?"],
  ["That is too much", "দাম বেশি", "dam beshi"],
  ["Two metres, please", "দুই মিটার দিন", "dui mitar din"],
  ["This colour", "এই রংটা", "ei rongta"],
  ["A little darker", "আরেকটু গাঢ়", "arektu garho"],
  ["Very beautiful", "খুব সুন্দর", "khub shundor"],
  ["Who wove this?", "এটা কে বুনেছেন?", "eta ke bunechhen?"],
  ["When will it be ready?", "কবে তৈরি হবে?", "kobe toiri hobe?"],
  ["On Sunday", "রবিবারে", "robibare"],
  ["No problem", "কোনো সমস্যা নেই", "kono shomoshsha nei"],
  ["I do not understand", "বুঝতে পারছি না", "bujhte parchhi na"],
  ["Please say it again", "আবার বলুন", "abar bolun"],
  ["Slowly, please", "একটু ধীরে বলুন", "ektu dhire bolun"],
  ["See you tomorrow", "কাল দেখা হবে", "kal dekha hobe"],
  ["Have a good journey", "শুভ যাত্রা", "shubho jatra"],
];

const lessons: readonly DemoTurn[] = phrases.map(([english, bengali, sound]) => ({
  question: `How do I say “${english}” in Bengali?`,
  answers: [`**${bengali}**\n\nIt sounds like *${sound}*.`],
}));

export const chatsOfPriya: readonly DemoChat[] = [
  {
    shows: "long",
    language: "en",
    minutesAgo: 60,
    turns: [
      {
        question: "I am going to Dhaka in two weeks. Teach me Bengali for the workshop, one phrase at a time.",
        answers: ["With pleasure. Ask for a phrase; you get it in Bengali letters and as it sounds."],
      },
      ...lessons,
    ],
  },
  {
    shows: "stopped",
    language: "en",
    minutesAgo: minutesOfDay + 300,
    turns: [
      {
        question: "List every plant that cloth was ever dyed with.",
        answers: ["Indigo, madder, weld, woad, turmeric, henna, catechu, walnut, onion skins, pomegranate"],
        ending: { kind: "stopped" },
      },
    ],
  },
  {
    shows: "some days old",
    language: "en",
    minutesAgo: 5 * minutesOfDay,
    turns: [
      {
        question: "Explain the thread count of cloth to a customer in two sentences.",
        answers: [
          "Thread count is how many threads cross in one square inch, lengthwise and across together. More is finer up to a point; how the thread was spun and woven matters more than the number.",
        ],
      },
    ],
  },
];
