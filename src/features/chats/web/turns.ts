import type { Message } from "../contract.ts";

/** A question and what answers it; an imported or cut-off conversation may begin with an answer. */
export interface ConversationTurn {
  readonly key: string;
  readonly question: Message | null;
  readonly answers: readonly Message[];
}

export function groupIntoTurns(messages: readonly Message[]): ConversationTurn[] {
  const turns: { key: string; question: Message | null; answers: Message[] }[] = [];
  for (const message of messages) {
    const last = turns.at(-1);
    if (message.role === "user") turns.push({ key: message.id, question: message, answers: [] });
    else if (last === undefined) turns.push({ key: message.id, question: null, answers: [message] });
    else last.answers.push(message);
  }
  return turns;
}
