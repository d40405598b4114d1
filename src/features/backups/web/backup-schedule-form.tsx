import { type ReactNode, useId, useState } from "react";
import { Choice } from "../../../ui/choice.tsx";
import { useText } from "../../../ui/i18n/language-provider.tsx";
import { ProblemNotice } from "../../../ui/notice.tsx";
import { Select } from "../../../ui/select.tsx";
import { TextField } from "../../../ui/text-field.tsx";
import { type BackupSchedule, type BackupsState, maxKept } from "../contract.ts";
import { useChangeBackups } from "./use-backups.ts";

const hoursOfDay = Array.from({ length: 24 }, (_, hour) => hour);
const hourSteps = [1, 2, 3, 4, 6, 8, 12];

/** Saved as soon as something is chosen or a field is left; a quiet word says so. */
export function BackupScheduleForm({ state }: { state: BackupsState }) {
  const text = useText();
  const change = useChangeBackups();
  const { schedule } = state;
  const save = (schedulePart: Partial<BackupSchedule>): void => change.mutate({ schedule: schedulePart });
  return (
    <div className="flex flex-col gap-6">
      <Times state={state} save={save} />
      <FolderField key={schedule.folder} state={state} save={save} />
      <KeptFields schedule={schedule} save={save} />
      <Choice<BackupSchedule["drill"]>
        label={text.backups.drill}
        help={text.backups.drillHelp}
        value={schedule.drill}
        options={[
          { value: "each", label: text.backups.drillEach },
          { value: "week", label: text.backups.drillWeek },
        ]}
        onChange={(drill) => save({ drill })}
      />
      {change.isError ? <ProblemNotice heading={text.settings.saveFailed} problem={change.error} /> : null}
      <p role="status" className="min-h-6 text-dense text-success">
        {change.isSuccess ? text.common.saved : ""}
      </p>
    </div>
  );
}

type Save = (schedule: Partial<BackupSchedule>) => void;

function Times({ state: { schedule, timeZone }, save }: { state: BackupsState; save: Save }) {
  const text = useText();
  const steps = hourSteps.includes(schedule.hours) ? hourSteps : [...hourSteps, schedule.hours];
  return (
    <div className="flex flex-col gap-2">
      <Choice<BackupSchedule["every"]>
        label={text.backups.schedule}
        help={text.backups.scheduleHelp({ timeZone })}
        value={schedule.every}
        options={[
          { value: "day", label: text.backups.everyDay },
          { value: "hours", label: text.backups.everyHours },
          { value: "off", label: text.backups.never },
        ]}
        onChange={(every) => save({ every })}
      />
      {schedule.every === "day" ? (
        <Chosen>
          <Select
            label={text.backups.hour}
            placeholder={text.backups.hour}
            value={String(schedule.hour)}
            options={hoursOfDay.map((hour) => ({ value: String(hour), label: text.backups.atHour({ hour }) }))}
            onChange={(hour) => save({ hour: Number(hour) })}
          />
        </Chosen>
      ) : null}
      {schedule.every === "hours" ? (
        <Chosen>
          <Select
            label={text.backups.hours}
            placeholder={text.backups.hours}
            value={String(schedule.hours)}
            options={steps.map((hours) => ({ value: String(hours), label: text.backups.eachHours({ hours }) }))}
            onChange={(hours) => save({ hours: Number(hours) })}
          />
        </Chosen>
      ) : null}
    </div>
  );
}

function Chosen({ children }: { children: ReactNode }) {
  return <div className="flex self-start rounded-control border border-control">{children}</div>;
}

function FolderField({ state: { schedule, defaultFolder }, save }: { state: BackupsState; save: Save }) {
  const text = useText();
  const [path, setPath] = useState(schedule.folder ?? "");
  const submit = (): void => {
    const next = path.trim() === "" ? null : path.trim();
    if (next !== schedule.folder) save({ folder: next });
  };
  return (
    <TextField
      label={text.backups.folder}
      help={<span className="wrap-anywhere">{text.backups.folderHelp({ folder: defaultFolder })}</span>}
      dir="ltr"
      autoComplete="off"
      spellCheck={false}
      maxLength={1000}
      value={path}
      onChange={(event) => setPath(event.target.value)}
      onBlur={submit}
      onKeyDown={(event) => event.key === "Enter" && submit()}
    />
  );
}

function KeptFields({ schedule, save }: { schedule: BackupSchedule; save: Save }) {
  const text = useText();
  const help = useId();
  const fields = [
    { name: "daily", label: text.backups.daily },
    { name: "weekly", label: text.backups.weekly },
    { name: "monthly", label: text.backups.monthly },
  ] as const;
  return (
    <fieldset className="flex flex-col gap-1" aria-describedby={help}>
      <legend className="mb-1 text-interface font-medium">{text.backups.keep}</legend>
      <div className="grid grid-cols-3 gap-3">
        {fields.map(({ name, label }) => (
          <KeptField
            key={`${name} ${schedule[name]}`}
            label={label}
            value={schedule[name]}
            save={(count) => save({ [name]: count })}
          />
        ))}
      </div>
      <p id={help} className="text-dense text-text-2">
        {text.backups.keepHelp}
      </p>
    </fieldset>
  );
}

function KeptField({ label, value, save }: { label: string; value: number; save: (count: number) => void }) {
  const [count, setCount] = useState(String(value));
  const submit = (): void => {
    const next = Number(count);
    if (count.trim() === "" || !Number.isInteger(next) || next < 0 || next > maxKept) setCount(String(value));
    else if (next !== value) save(next);
  };
  return (
    <TextField
      label={label}
      type="number"
      inputMode="numeric"
      min={0}
      max={maxKept}
      value={count}
      onChange={(event) => setCount(event.target.value)}
      onBlur={submit}
      onKeyDown={(event) => event.key === "Enter" && submit()}
    />
  );
}
