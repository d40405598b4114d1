import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { EngineReport, RunningAnswer, WaitingCall } from "../contract.ts";
import { useEngines } from "./use-engines.ts";

/** For admins: what the loaded models are doing now. Whom they answer is told by name, what about never. */
export function EnginesSettings() {
  const text = useText();
  const engines = useEngines();
  if (engines.isPending) return <Skeleton rows={4} rowClasses="h-12" />;
  // A reading that failed leaves the last one on the page, with the reason above it.
  return (
    <div className="flex flex-col gap-8">
      <p className="text-text-2">{text.engines.sentence}</p>
      {engines.isError ? (
        <ProblemNotice heading={text.engines.failed} problem={engines.error} onRetry={() => void engines.refetch()} />
      ) : null}
      {engines.data?.items.length === 0 ? <Empty sentence={text.engines.none} /> : null}
      {engines.data?.items.map((engine) => (
        <Engine key={engine.modelId} engine={engine} />
      ))}
    </div>
  );
}

function Engine({ engine }: { engine: EngineReport }) {
  const text = useText();
  const { running, waiting, modelName, tokensPerSecond } = engine;
  return (
    <section className="flex flex-col gap-3">
      <h3 dir="auto" className="text-section font-semibold wrap-anywhere">
        {modelName}
      </h3>
      <p className="tabular font-medium">
        {text.engines.summary({ running: running.length, waiting: waiting.length, tokens: tokensPerSecond })}
      </p>
      {running.length + waiting.length === 0 ? null : (
        <ul className="tabular flex flex-col border-t border-border">
          {running.map((answer, index) => (
            <Running key={index} answer={answer} />
          ))}
          {waiting.map((call, index) => (
            <Waiting key={index} call={call} />
          ))}
        </ul>
      )}
      <Facts engine={engine} />
    </section>
  );
}

const rowClasses = "flex flex-wrap items-baseline justify-between gap-x-4 border-b border-border py-2";

function Running({ answer }: { answer: RunningAnswer }) {
  const text = useText();
  const { answerTokens, promptTokens, ms } = answer;
  return (
    <li className={rowClasses}>
      <Who of={answer} />
      <span className="text-dense text-text-2">
        {answerTokens === 0
          ? text.engines.reads({ tokens: promptTokens, ms })
          : text.engines.writes({ tokens: answerTokens, ms })}
      </span>
    </li>
  );
}

function Waiting({ call }: { call: WaitingCall }) {
  const text = useText();
  const { position, estimatedMs, ms } = call;
  return (
    <li className={rowClasses}>
      <Who of={call} />
      <span className="text-dense text-warning">
        {position === null ? text.engines.waits({ ms }) : text.engines.queued({ position, ms: estimatedMs })}
      </span>
    </li>
  );
}

function Who({ of: { person, by } }: { of: Pick<RunningAnswer, "person" | "by"> }) {
  const text = useText();
  return (
    <span className="flex min-w-0 flex-wrap items-baseline gap-x-2">
      <bdi className="min-w-0 wrap-anywhere">{person ?? text.engines.gone}</bdi>
      {by === "program" ? <span className="text-meta text-text-3">{text.engines.program}</span> : null}
    </span>
  );
}

/** Label and number, as the details of a model. */
function Facts({ engine: { memory, prompts } }: { engine: EngineReport }) {
  const { text, format } = useLanguage();
  const { usedBytes: used, plannedBytes: planned } = memory;
  const all = prompts === null ? 0 : prompts.computedTokens + prompts.cachedTokens;
  const facts = [
    {
      label: text.engines.memory,
      value: used === null ? text.engines.planned({ planned }) : text.engines.used({ used, planned }),
    },
    ...memory.contexts.map(({ sequences, tokens, isOnDemand }) => ({
      label: isOnDemand ? text.engines.longRoom : text.engines.room,
      value: text.engines.answersOf({ count: sequences, tokens }),
    })),
    ...(prompts === null || all === 0
      ? []
      : [{ label: text.engines.cache, value: format.percent((prompts.cachedTokens / all) * 100) }]),
  ];
  return (
    <dl className="tabular flex flex-col gap-1 text-dense text-text-2">
      {facts.map(({ label, value }) => (
        <div key={label} className="flex flex-wrap gap-x-2">
          <dt className="text-text-3">{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
