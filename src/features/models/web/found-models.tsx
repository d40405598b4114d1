import { Button } from "../../../ui/button.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { describeReason } from "../../../ui/server-problem.ts";
import { Skeleton } from "../../../ui/skeleton.tsx";
import type { FoundModel } from "../contract.ts";
import { FitsLine } from "./fits-line.tsx";
import { ModelFacts } from "./model-facts.tsx";
import type { Added } from "./add-model.tsx";
import { useAddPlace, useFoundModels } from "./use-models.ts";

/** What other programs of this machine hold and is not used yet. */
export function FoundModels({ onAdded }: { onAdded: Added }) {
  const text = useText();
  const found = useFoundModels();
  const use = useAddPlace();
  if (found.isPending) return <Skeleton rows={2} rowClasses="h-12" />;
  if (found.data === undefined) {
    return (
      <ProblemNotice heading={text.models.foundFailed} problem={found.error} onRetry={() => void found.refetch()} />
    );
  }
  const { items, problems } = found.data;
  return (
    <div className="flex flex-col gap-3">
      {use.isError ? <ProblemNotice heading={text.models.notAdded} problem={use.error} /> : null}
      {items.length === 0 ? <p className="text-text-2">{text.models.foundNone}</p> : null}
      <ul className="flex flex-col empty:hidden">
        {items.map((model) => (
          <FoundRow
            key={model.path}
            model={model}
            isPending={use.isPending && use.variables === model.path}
            onUse={() => use.mutate(model.path, { onSuccess: (added) => onAdded(added.items) })}
          />
        ))}
      </ul>
      {problems.map(({ store, folder }) => (
        <Notice key={folder} tone="neutral">
          <p className="wrap-anywhere">{text.models.storeUnreadable({ store: text.models.stores[store], folder })}</p>
        </Notice>
      ))}
    </div>
  );
}

function FoundRow({ model, isPending, onUse }: { model: FoundModel; isPending: boolean; onUse: () => void }) {
  const text = useText();
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 border-b border-border py-3">
      <div className="flex min-w-0 grow basis-56 flex-col gap-1">
        <p dir="auto" className="font-medium wrap-anywhere">
          {model.name}
        </p>
        <p className="text-dense text-text-3">{text.models.heldBy({ store: text.models.stores[model.store] })}</p>
        {model.problem === null ? <ModelFacts {...model} /> : null}
        <div className="text-dense">
          {model.memory === null ? (
            <p className="text-text-2">
              {text.models.stateUnavailable({
                reason: describeReason(model.problemDetails ?? { problem: model.problem ?? "" }, text),
              })}
            </p>
          ) : (
            <FitsLine memory={model.memory} speed={model.speed} />
          )}
        </div>
      </div>
      {model.problem === null ? (
        <Button onClick={onUse} disabled={isPending} aria-label={text.models.takeNamed({ name: model.name })}>
          {text.models.use}
        </Button>
      ) : null}
    </li>
  );
}
