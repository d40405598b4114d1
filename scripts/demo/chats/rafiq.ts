import { type DemoChat, minutesOfDay } from "../demo-chat.ts";

export const chatsOfRafiq: readonly DemoChat[] = [
  {
    shows: "some days old",
    language: "bn",
    minutesAgo: 300,
    turns: [
      {
        question: "সুতি, রেশম আর খাদি কাপড় কোনটা কীভাবে ধুতে হয়? ছোট একটা ছক করে দিন, প্যাকেটে দেব।",
        answers: [
          `| কাপড় | পানি | শুকানো | ইস্ত্রি |
|:-----|:-----|:-------|:-------|
| সুতি | ঠান্ডা বা হালকা গরম | রোদে, উল্টো করে | গরম |
| রেশম | ঠান্ডা, হাতে | ছায়ায় | অল্প গরম, উল্টো পিঠে |
| খাদি | ঠান্ডা | ছায়ায় | মাঝারি, একটু ভেজা থাকতে |

নতুন রঙিন কাপড় প্রথমবার আলাদা ধোবেন; একটু রং উঠতে পারে।`,
        ],
      },
    ],
  },
  {
    shows: "failed",
    language: "bn",
    minutesAgo: minutesOfDay + 10,
    turns: [
      {
        question: "এ মাসের ভাউচারগুলো মিলিয়ে দিন।",
        answers: ["প্রথম সপ্তাহে ভাউচার আছে ১৪টি। এর মধ্যে"],
        ending: { kind: "failed", code: "engine_crashed", details: {} },
      },
    ],
  },
  {
    shows: "branches",
    language: "bn",
    minutesAgo: 4 * minutesOfDay,
    turns: [
      {
        question: "নতুন গামছার একটা নাম দিন।",
        answers: ["*পদ্মাপাড়*", "তিনটি নাম ভেবে দেখুন: *পদ্মাপাড়*, *ভোরের হাট*, *লাল পাড়*।"],
      },
      { question: "শেষেরটা ভালো। এক লাইনে একটা পরিচয়ও দিন।", answers: ["*লাল পাড়*: রোজকার গামছা, হাটের দিনের রঙে।"] },
    ],
  },
];
