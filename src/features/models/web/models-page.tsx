import { Button } from "../../../ui/button.tsx";
import { Empty } from "../../../ui/empty.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { PageTop } from "../../../ui/page-top.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useMe } from "../../users/web/use-me.ts";
import { ModelRow } from "./model-row.tsx";
import { useLoadModel, useModels } from "./use-models.ts";

/** Rows, not tiles: what is here, what it knows, whether it fits, how it is. */
export function ModelsPage() {
  const text = useText();
  return (
    <>
      <PageTop title={text.models.title} isTitleQuiet />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="flex max-w-page flex-col gap-6 px-4 pt-2 pb-12 sm:px-8">
          <header className="flex flex-col gap-1">
            <h2 className="text-title font-semibold">{text.models.title}</h2>
            <p className="text-text-2">{text.models.sentence}</p>
          </header>
          <ModelList />
        </div>
      </div>
    </>
  );
}

function ModelList() {
  const text = useText();
  const models = useModels();
  const load = useLoadModel();
  const { role } = useMe();
  if (models.isPending) return <Skeleton rows={3} rowClasses="h-12" />;
  if (models.data === undefined) {
    return <ProblemNotice heading={text.models.failed} problem={models.error} onRetry={() => void models.refetch()} />;
  }
  const again = <Button onClick={() => void models.refetch()}>{text.models.refresh}</Button>;
  if (models.data.items.length === 0) return <Empty sentence={text.models.empty} action={again} />;
  return (
    <>
      {load.isError ? <ProblemNotice problem={load.error} /> : null}
      <ul className="flex flex-col border-t border-border">
        {models.data.items.map((model) => (
          <ModelRow
            key={model.id}
            model={model}
            onLoad={role === "member" ? null : () => load.mutate(model.id)}
            isLoadPending={load.isPending && load.variables === model.id}
          />
        ))}
      </ul>
    </>
  );
}
