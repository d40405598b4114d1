// Runs a Jinja template with bounds. The interpreter of @huggingface/jinja has none: a loop over a doubling list would
// end this process, and V8 cannot be asked to survive a full heap (not even in a worker thread: tried).
import { createContext, Script } from "node:vm";
import * as jinja from "@huggingface/jinja";

/** The longest real template needs about 5 ms for a hundred messages. */
const maxMs = 500;
const maxSteps = 2_000_000;
const maxListLength = 100_000;
const maxListElements = 2_000_000;
const maxRange = 10_000;
/** Characters of one value and of all values together, beside what the conversation itself brings. */
const maxTextCharacters = 4_000_000;
const maxTotalCharacters = 100_000_000;

interface RuntimeValue {
  readonly value: unknown;
}

interface Scope {
  set(name: string, value: unknown): unknown;
}

// The package's type files import each other without extensions, which node's own resolution does not follow.
const { Environment, Interpreter, Template } = jinja as unknown as {
  readonly Environment: new () => Scope;
  readonly Interpreter: new (scope: Scope) => {
    run(program: unknown): RuntimeValue;
    evaluate(statement: unknown, scope: Scope): RuntimeValue;
  };
  readonly Template: new (source: string) => {
    readonly parsed: unknown;
    render(variables: Record<string, unknown>): string;
  };
};

/** Thrown instead of using more time or memory than any real template does. */
export class TemplateTooCostly extends Error {
  override readonly name = "TemplateTooCostly";
}

export interface BoundedTemplate {
  /** Throws what the template throws, or TemplateTooCostly. */
  render(variables: Readonly<Record<string, unknown>>, inputCharacters: number): string;
}

export function compileBounded(source: string): BoundedTemplate {
  const withinTime = createTimeLimit();
  const program = withinTime(() => new Template(source).parsed);
  return {
    render(variables, inputCharacters) {
      const environment = new Environment();
      for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
      const interpreter = new BoundedInterpreter(environment, inputCharacters);
      return withinTime(() => String(interpreter.run(program).value));
    },
  };
}

/** What setupGlobals of the library gives every template, with a range that ends. */
const globals: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  raise_exception: (message: unknown) => {
    throw new Error(String(message));
  },
  strftime_now: (format: unknown) => new Template("{{ strftime_now(format) }}").render({ format: String(format) }),
};

class BoundedInterpreter extends Interpreter {
  readonly #maxText: number;
  #steps = 0;
  #elements = 0;
  #characters: number;

  constructor(scope: Scope, inputCharacters: number) {
    super(scope);
    this.#maxText = maxTextCharacters + 4 * inputCharacters;
    this.#characters = -200 * inputCharacters;
  }

  override evaluate(statement: unknown, scope: Scope): RuntimeValue {
    this.#steps += 1;
    const result = super.evaluate(statement, scope);
    this.#check(result);
    return result;
  }

  #check({ value }: RuntimeValue): void {
    if (typeof value === "string") {
      this.#characters += value.length;
      if (value.length > this.#maxText || this.#characters > maxTotalCharacters)
        throw new TemplateTooCostly("too much text");
    } else if (Array.isArray(value)) {
      this.#elements += value.length;
      if (value.length > maxListLength || this.#elements > maxListElements)
        throw new TemplateTooCostly("too long lists");
    }
    if (this.#steps > maxSteps) throw new TemplateTooCostly("too many steps");
  }
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (!(length <= maxRange)) throw new TemplateTooCostly("too long a range");
  return Array.from({ length }, (_, index) => from + index * step);
}

/** V8's watchdog ends the work wherever it is, inside a regular expression too. */
function createTimeLimit(): <Result>(work: () => Result) => Result {
  const context = createContext({ work: (): unknown => undefined });
  const script = new Script("work()");
  return <Result>(work: () => Result) => {
    context.work = work;
    try {
      return script.runInContext(context, { timeout: maxMs }) as Result;
    } catch (error) {
      // The error belongs to the other context, so it is no instance of this one's Error.
      const isTimeout = (error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
      throw isTimeout ? new TemplateTooCostly("too much time", { cause: error }) : error;
    } finally {
      context.work = undefined;
    }
  };
}
