// The people of the demo: a small firm that buys handloom cloth in Bangladesh and sells it abroad.
import type { DemoChat } from "./demo-chat.ts";
import { chatsOfAnika } from "./chats/anika.ts";
import { chatsOfDaniel } from "./chats/daniel.ts";
import { chatsOfLena } from "./chats/lena.ts";
import { chatsOfPriya } from "./chats/priya.ts";
import { chatsOfRafiq } from "./chats/rafiq.ts";

export interface DemoPerson {
  readonly name: string;
  readonly email: string;
  readonly role: "owner" | "admin" | "member";
  readonly language: "en" | "bn";
  readonly place: string;
  /** Names of API keys. */
  readonly keys: readonly string[];
  readonly chats: readonly DemoChat[];
}

export const people: readonly DemoPerson[] = [
  {
    name: "আনিকা রহমান",
    email: "anika@example.org",
    role: "owner",
    language: "bn",
    place: "Dhaka",
    keys: ["হিসাবের স্ক্রিপ্ট"],
    chats: chatsOfAnika,
  },
  {
    name: "Daniel Osei",
    email: "daniel@example.org",
    role: "admin",
    language: "en",
    place: "Accra",
    keys: ["Laptop", "Stock report"],
    chats: chatsOfDaniel,
  },
  {
    name: "রফিকুল ইসলাম",
    email: "rafiq@example.org",
    role: "member",
    language: "bn",
    place: "Rajshahi",
    keys: [],
    chats: chatsOfRafiq,
  },
  {
    name: "Priya Nair",
    email: "priya@example.org",
    role: "member",
    language: "en",
    place: "Kochi",
    keys: [],
    chats: chatsOfPriya,
  },
  {
    name: "Lena Hoffmann",
    email: "lena@example.org",
    role: "member",
    language: "en",
    place: "Hamburg",
    keys: [],
    chats: chatsOfLena,
  },
];

/** Whose account is disabled. */
export const formerMember = { name: "Tomás Rivera", email: "tomas@example.org", role: "member" } as const;

/** Links that nobody has opened: the first can still be, the second has run out. */
export const invitations = [
  { note: "সুমাইয়া, হিসাব", role: "member", days: 7 },
  { note: "Kwame, warehouse in Tema", role: "member", days: 1 },
] as const;
