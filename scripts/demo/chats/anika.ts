import { type DemoChat, minutesOfDay } from "../demo-chat.ts";

const instalments = `মাসে **৮,৮৮৪.৮৮ টাকা** করে দিলে এক বছরে ঋণ শোধ হবে। সমান কিস্তির সূত্র:

$$M = P \\cdot \\frac{r(1+r)^n}{(1+r)^n - 1}$$

এখানে ঋণ \\(P = 100000\\) টাকা, মাসে সুদের হার \\(r = 0.01\\), আর কিস্তি \\(n = 12\\)টি। প্রথম তিন মাসের হিসাব:

| মাস | এর মধ্যে সুদ | আসল থেকে কমল | বাকি আসল |
|:----|-----------:|-------------:|---------:|
| ১ | ১,০০০.০০ | ৭,৮৮৪.৮৮ | ৯২,১১৫.১২ |
| ২ | ৯২১.১৫ | ৭,৯৬৩.৭৩ | ৮৪,১৫১.৩৯ |
| ৩ | ৮৪১.৫১ | ৮,০৪৩.৩৭ | ৭৬,১০৮.০২ |

- শুরুতে সুদ বেশি, কারণ তখন আসলও বেশি; প্রতি মাসে সুদ কমে, আসল কমে তার চেয়ে বেশি।
- বারো কিস্তিতে মোট যাবে প্রায় ১,০৬,৬১৯ টাকা, অর্থাৎ সুদ প্রায় ৬,৬১৯ টাকা।`;

const instalmentsInPython = `ছোট একটি ফাংশনেই হয়ে যায়:

\`\`\`python
def monthly_payment(principal: float, yearly_rate: float, months: int) -> float:
    if yearly_rate == 0:
        return principal / months
    rate = yearly_rate / 12
    growth = (1 + rate) ** months
    return principal * rate * growth / (growth - 1)

print(round(monthly_payment(100_000, 0.12, 12), 2))  # 8884.88
\`\`\`

সুদ শূন্য হলে সূত্রে শূন্য দিয়ে ভাগ করতে হয়, তাই সেটি আলাদা করে দেখা হয়েছে।`;

const notice = `**বিষয়: ঈদের ছুটি**

প্রিয় সহকর্মীরা,

আগামী বৃহস্পতিবার থেকে রবিবার পর্যন্ত অফিস ও গুদাম বন্ধ থাকবে। সোমবার সকাল নয়টায় সবাই যথারীতি কাজে যোগ দেবেন।

1. বুধবার দুপুরের মধ্যে চলতি ফরমাশের মাল পাঠিয়ে দিন।
2. গুদামের চাবি নিরাপত্তাকর্মী কামাল ভাইয়ের কাছে রেখে যান।
3. জরুরি দরকারে আমাকে ফোন করুন।

সবাইকে ঈদের শুভেচ্ছা।

আনিকা`;

export const chatsOfAnika: readonly DemoChat[] = [
  {
    shows: "markdown, code, table, formula",
    language: "bn",
    minutesAgo: 35,
    turns: [
      {
        question: "এক লাখ টাকা ঋণ নিলে মাসে কত কিস্তি দিতে হবে? সুদ বছরে ১২ শতাংশ, মেয়াদ এক বছর। হিসাবটাও দেখাবেন।",
        answers: [instalments],
      },
    ],
  },
  {
    shows: "fresh",
    language: "bn",
    minutesAgo: 25,
    turns: [{ question: "সমান কিস্তির হিসাবটা পাইথনে করব কীভাবে?", answers: [instalmentsInPython] }],
  },
  {
    shows: "renamed",
    language: "bn",
    minutesAgo: minutesOfDay + 90,
    title: "ঈদের ছুটির নোটিশ",
    turns: [{ question: "ঈদের ছুটির একটা নোটিশ লিখে দিন। ছুটি বৃহস্পতিবার থেকে রবিবার।", answers: [notice] }],
  },
  {
    shows: "stopped",
    language: "bn",
    minutesAgo: 3 * minutesOfDay + 200,
    turns: [
      {
        question: "আমাদের জামদানি শাড়ির একটা লম্বা বিবরণ লিখুন, ক্যাটালগে যাবে।",
        answers: [
          "জামদানি বোনা হয় নকশা না এঁকে। তাঁতি টানা সুতার ফাঁকে ফাঁকে হাতে নকশার সুতা বসান, আর প্রতিটি ফুল তোলেন মন থেকে। তাই একটি ভালো শাড়ি শেষ করতে দুজন মানুষের কয়েক মাসও লেগে যায়।\n\nএই শাড়ির জমিন",
        ],
        ending: { kind: "stopped" },
      },
    ],
  },
  {
    shows: "some days old",
    language: "en",
    minutesAgo: 6 * minutesOfDay + 30,
    turns: [
      {
        question: "How do I say politely that a delivery will be a week late?",
        answers: [
          "> Dear Ms Hoffmann,\n>\n> your order will leave Dhaka a week later than we promised: the dyed yarn for the blue lot came late. It will be with you by the 14th. I am sorry for the delay, and I will write as soon as the parcel is on its way.\n\nSay the new date, the reason in one sentence, and what you will do next. Leave everything else out.",
        ],
      },
    ],
  },
];
