import { describe, expect, test } from "vitest";
import { findReasoningFamily, type ReasoningFamily, writtenMarks } from "./reasoning-family.ts";
import { createReasoningSplitter, reasoningStart, type ReasoningStart } from "./split-reasoning.ts";

const familyOf = (template: string) => findReasoningFamily(template) as ReasoningFamily;
const think = familyOf("{{ content.split('</think>')[-1] }}");
const harmony = familyOf("<|start|>assistant<|channel|>final<|message|>");
const bracket = familyOf("{{ '[THINK]' + thinking + '[/THINK]' }}");
const gemma = familyOf("{{- '<|channel>thought\\n' + text + '\\n<channel|>' -}}");

function split(family: ReasoningFamily, pieces: readonly string[], start: ReasoningStart = "open") {
  const splitter = createReasoningSplitter(family, start);
  const all = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
  const of = (kind: string) => all.flatMap((piece) => (piece.kind === kind ? [piece.text] : [])).join("");
  return { reasoning: of("reasoning"), text: of("text"), pieces: all };
}

/** However the answer is cut, both parts are the same. */
function splitEveryWay(family: ReasoningFamily, answer: string, start: ReasoningStart = "open") {
  const { reasoning, text } = split(family, [answer], start);
  for (let size = 1; size < Math.min(answer.length, 12); size += 1) {
    const pieces = answer.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
    const { reasoning: again, text: textAgain } = split(family, pieces, start);
    expect({ size, reasoning: again, text: textAgain }).toEqual({ size, reasoning, text });
  }
  return { reasoning, text };
}

describe("a pair of marks", () => {
  test("what stands between them is thought, what follows is said, and the blanks around them belong to the marks", () => {
    expect(splitEveryWay(think, "<think>\nTwo and two.\n\nFour.\n</think>\n\nIt is **4**.\n")).toEqual({
      reasoning: "Two and two.\n\nFour.",
      text: "It is **4**.\n",
    });
    expect(splitEveryWay(bracket, "[THINK]Hm.[/THINK]Yes.")).toEqual({ reasoning: "Hm.", text: "Yes." });
    expect(splitEveryWay(gemma, "<|channel>thought\nHm.\n<channel|>Yes.")).toEqual({ reasoning: "Hm.", text: "Yes." });
  });

  test("a prompt that has opened the thinking leaves only its end to the model, which may open it once more", () => {
    expect(splitEveryWay(think, "Well.\n</think>\n\nYes.", "reasoning")).toEqual({ reasoning: "Well.", text: "Yes." });
    expect(splitEveryWay(think, "<think>\nWell.\n</think>Yes.", "reasoning")).toEqual({
      reasoning: "Well.",
      text: "Yes.",
    });
  });

  test("an empty thinking is none", () => {
    expect(splitEveryWay(think, "<think>\n\n</think>\n\nYes.")).toEqual({ reasoning: "", text: "Yes." });
    expect(splitEveryWay(think, "</think>Yes.", "reasoning")).toEqual({ reasoning: "", text: "Yes." });
  });

  test("thinking that is never closed stays thinking, to its last sign", () => {
    expect(splitEveryWay(think, "<think>So a < b, and </thi")).toEqual({ reasoning: "So a < b, and </thi", text: "" });
  });

  test("an answer without thinking passes as it is, blanks and all", () => {
    for (const answer of ["  Yes.\n", "<b>Yes</b>", "<thin", "\n"])
      expect(splitEveryWay(think, answer)).toEqual({ reasoning: "", text: answer });
  });

  test("marks that are only written about part nothing", () => {
    const thought = 'The tag `</think>` ends it, "</think>" too';
    expect(splitEveryWay(think, `<think>${thought}</think>ok`)).toEqual({ reasoning: thought, text: "ok" });
    const answer = "Use:\n```\n<think>x</think>\n```\n and `</think>`, or <think> and </think>.";
    expect(splitEveryWay(think, answer)).toEqual({ reasoning: "", text: answer });
    expect(splitEveryWay(think, `<think>a</think>${answer}`)).toEqual({ reasoning: "a", text: answer });
  });

  test("a block of code that the thinking leaves open does not swallow the answer", () => {
    expect(splitEveryWay(think, "<think>```js\nx()\n</think>Done.")).toEqual({
      reasoning: "```js\nx()",
      text: "Done.",
    });
  });

  test("text leaves as soon as it cannot be a mark any more", () => {
    const splitter = createReasoningSplitter(think, "reasoning");
    expect(splitter.push("One")).toEqual([{ kind: "reasoning", text: "One" }]);
    expect(splitter.push(" two</th")).toEqual([{ kind: "reasoning", text: " two" }]);
    expect(splitter.isThinking()).toBe(true);
    expect(splitter.push("ink>")).toEqual([]);
    expect(splitter.isThinking()).toBe(false);
    expect(splitter.push("Said")).toEqual([{ kind: "text", text: "Said" }]);
  });
});

describe("channels", () => {
  const analysis = "<|channel|>analysis<|message|>Add them.<|end|>";
  test("analysis is thought and final is said", () => {
    expect(splitEveryWay(harmony, `${analysis}<|start|>assistant<|channel|>final<|message|>It is 4.`)).toEqual({
      reasoning: "Add them.",
      text: "It is 4.",
    });
  });

  test("a commentary is said, unless it goes to a tool", () => {
    const said = "<|start|>assistant<|channel|>commentary<|message|>I look it up.<|end|>";
    const call =
      '<|start|>assistant<|channel|>commentary to=functions.find <|constrain|>json<|message|>{"a":1}<|call|>';
    expect(splitEveryWay(harmony, `${analysis}${said}${call}`)).toEqual({
      reasoning: 'Add them.{"a":1}',
      text: "I look it up.",
    });
  });

  test("thinking that is never closed stays thinking, and half a header is nothing", () => {
    expect(splitEveryWay(harmony, "<|channel|>analysis<|message|>Add")).toEqual({ reasoning: "Add", text: "" });
    expect(splitEveryWay(harmony, `${analysis}<|start|>assis`)).toEqual({ reasoning: "Add them.", text: "" });
  });

  test("a model that leaves the headers out simply speaks", () => {
    expect(splitEveryWay(harmony, "It is 4.")).toEqual({ reasoning: "", text: "It is 4." });
  });

  test("marks in code and between quotation marks are text", () => {
    const answer = "Write `<|end|>`:\n```\n<|start|>user<|message|>Hi<|end|>\n```\nDone.";
    expect(splitEveryWay(harmony, `<|channel|>final<|message|>${answer}`)).toEqual({ reasoning: "", text: answer });
  });
});

describe("families", () => {
  test("a template without thinking has none", () => {
    expect(findReasoningFamily(null)).toBeNull();
    expect(findReasoningFamily("{{ '<|im_start|>' + message.content }}")).toBeNull();
  });

  test("what a prompt ends with says where the answer begins", () => {
    expect(reasoningStart(think, "<|im_start|>assistant\n")).toBe("open");
    expect(reasoningStart(think, "<｜Assistant｜><think>\n")).toBe("reasoning");
    expect(reasoningStart(think, "<|im_start|>assistant\n<think>\n\n</think>\n\n")).toBe("text");
    expect(reasoningStart(harmony, "<|start|>assistant")).toBe("open");
    expect(reasoningStart(harmony, "<|start|>assistant<|channel|>analysis<|message|>")).toBe("reasoning");
    expect(reasoningStart(harmony, "<|start|>assistant<|channel|>final<|message|>")).toBe("text");
  });

  test("what the model would have written is read back as the same", () => {
    for (const family of [think, harmony, bracket, gemma]) {
      const { open, close } = writtenMarks(family);
      expect(splitEveryWay(family, `${open}Hm.${close}Yes.`)).toEqual({ reasoning: "Hm.", text: "Yes." });
      expect(reasoningStart(family, open)).toBe("reasoning");
      expect(reasoningStart(family, open + close)).toBe("text");
    }
  });
});
