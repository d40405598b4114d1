import { type FormEvent, useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { Choice } from "../../../ui/choice.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { makeId } from "../../../ui/make-id.ts";
import { Notice, ProblemNotice } from "../../../ui/notice.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import type { Provider, ProviderPreset } from "../contract.ts";
import { ModelPicks } from "./model-picks.tsx";
import { useAddProvider, useProviders, useTestProvider } from "./use-providers.ts";

/** An address and a key, tried first; then the models that people may choose. */
export function ProviderForm({ onAdded }: { onAdded: (provider: Provider) => void }) {
  const text = useText();
  const providers = useProviders();
  if (providers.isPending) return <Skeleton rows={3} rowClasses="h-8" />;
  if (providers.data === undefined) {
    const again = () => void providers.refetch();
    return <ProblemNotice heading={text.providers.failed} problem={providers.error} onRetry={again} />;
  }
  return <Form presets={providers.data.presets} onAdded={onAdded} />;
}

interface Fields {
  readonly preset: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly key: string;
}

const emptyFields = { name: "", baseUrl: "", key: "" };

function Form({ presets, onAdded }: { presets: readonly ProviderPreset[]; onAdded: (provider: Provider) => void }) {
  const text = useText();
  const [fields, setFields] = useState<Fields>({ preset: presets[0]?.id ?? "", ...emptyFields });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  // The same until it is stored: a second press adds nothing twice.
  const [id, setId] = useState(makeId);
  const test = useTestProvider();
  const add = useAddProvider();
  const preset = presets.find((each) => each.id === fields.preset) ?? presets[0]!;
  const wishes = wishesOf(fields, preset);
  const change = (changes: Partial<Fields>) => {
    setFields((before) => ({ ...before, ...changes }));
    // What was tried was another address or key.
    setChosen([]);
    test.reset();
    add.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (test.data === undefined) {
      test.mutate(wishes);
      return;
    }
    add.mutate(
      { ...wishes, id, baseUrl: test.data.baseUrl, models: [...chosen] },
      {
        onSuccess: (provider) => {
          change(emptyFields);
          setId(makeId());
          onAdded(provider);
        },
      },
    );
  };
  const name = preset.name || fields.name.trim() || text.providers.thisService;
  const isComplete =
    (fields.key.trim() !== "" || !preset.needsKey) && (preset.baseUrl !== "" || fields.baseUrl.trim() !== "");
  return (
    <form onSubmit={submit} className="flex max-w-form flex-col gap-4">
      <PresetChoice
        presets={presets}
        chosen={preset.id}
        onChoose={(next) => change({ ...emptyFields, preset: next })}
      />
      <AccessFields preset={preset} fields={fields} onChange={change} />
      {test.isError ? <ProblemNotice heading={text.providers.notWorking} problem={test.error} /> : null}
      {test.data === undefined ? (
        <Button type="submit" className="self-start" disabled={!isComplete || test.isPending}>
          {test.isPending ? text.providers.testing : text.providers.test}
        </Button>
      ) : (
        <>
          <p role="status" className="text-interface text-success">
            {test.data.models === null ? text.providers.answersWithoutList : text.providers.works({ name })}
          </p>
          <ModelPicks models={test.data.models} name={name} chosen={chosen} onChoose={setChosen} />
          <Notice tone="warning">
            <p>{text.providers.leaves({ name })}</p>
          </Notice>
          {add.isError ? <ProblemNotice heading={text.providers.notAdded} problem={add.error} /> : null}
          <Button type="submit" look="primary" className="self-start" disabled={chosen.length === 0 || add.isPending}>
            {add.isPending ? text.providers.testing : text.providers.use}
          </Button>
        </>
      )}
    </form>
  );
}

function wishesOf(fields: Fields, preset: ProviderPreset) {
  const [name, baseUrl, key] = [fields.name.trim(), fields.baseUrl.trim(), fields.key.trim()];
  return {
    preset: preset.id,
    ...(preset.name === "" && name !== "" ? { name } : {}),
    ...(preset.baseUrl === "" ? { baseUrl } : {}),
    ...(key === "" ? {} : { key }),
  };
}

interface PresetChoiceProps {
  readonly presets: readonly ProviderPreset[];
  readonly chosen: string;
  readonly onChoose: (preset: string) => void;
}

function PresetChoice({ presets, chosen, onChoose }: PresetChoiceProps) {
  const text = useText();
  const options = presets.map(({ id, name }) => ({ value: id, label: name === "" ? text.providers.other : name }));
  return <Choice label={text.providers.service} value={chosen} options={options} onChange={onChoose} />;
}

interface AccessProps {
  readonly preset: ProviderPreset;
  readonly fields: Fields;
  readonly onChange: (changes: Partial<Fields>) => void;
}

function AccessFields({ preset, fields, onChange }: AccessProps) {
  const text = useText();
  return (
    <>
      {preset.baseUrl === "" ? (
        <>
          <TextField
            label={text.providers.address}
            help={text.providers.addressHelp}
            dir="ltr"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            maxLength={500}
            value={fields.baseUrl}
            onChange={({ target }) => onChange({ baseUrl: target.value })}
          />
          <TextField
            label={text.providers.name}
            help={text.providers.nameHelp}
            autoComplete="off"
            maxLength={60}
            value={fields.name}
            onChange={({ target }) => onChange({ name: target.value })}
          />
        </>
      ) : null}
      <TextField
        label={preset.needsKey ? text.providers.key : text.providers.keyIfAny}
        help={<KeyHelp preset={preset} />}
        type="password"
        dir="ltr"
        autoComplete="off"
        spellCheck={false}
        maxLength={1000}
        value={fields.key}
        onChange={({ target }) => onChange({ key: target.value })}
      />
    </>
  );
}

function KeyHelp({ preset }: { preset: ProviderPreset }) {
  const text = useText();
  return (
    <>
      {text.providers.keyHelp}{" "}
      {preset.keyPage === null ? null : (
        <a href={preset.keyPage} target="_blank" rel="noreferrer" className="text-accent underline underline-offset-4">
          {text.providers.keyPage({ name: preset.name })}
        </a>
      )}
    </>
  );
}
