import { buttonClasses } from "../../../ui/button.tsx";
import { useLanguage, useText } from "../../../ui/i18n/language-provider.tsx";
import { useMe } from "../../users/web/use-me.ts";
import { type BackupFile, downloadBackup } from "../contract.ts";

export function BackupList({ files }: { files: readonly BackupFile[] }) {
  const text = useText();
  const isOwner = useMe().role === "owner";
  return (
    <section className="flex flex-col gap-3">
      <h3 className="text-section font-semibold">{text.backups.files}</h3>
      {files.length === 0 ? (
        <p className="text-text-2">{text.backups.filesNone}</p>
      ) : (
        <ul className="flex flex-col border-t border-border">
          {files.map((file) => (
            <BackupRow key={file.name} file={file} canDownload={isOwner && file.isEncrypted} />
          ))}
        </ul>
      )}
      {isOwner ? <p className="text-dense text-text-2">{text.backups.downloadHelp}</p> : null}
    </section>
  );
}

function BackupRow({ file, canDownload }: { file: BackupFile; canDownload: boolean }) {
  const { text, format } = useLanguage();
  const time = format.dateTime(file.madeAt);
  return (
    <li className="flex min-h-row flex-wrap items-center gap-x-4 gap-y-1 border-b border-border py-2">
      <p className="min-w-0 grow basis-40">
        {time}
        <span className="block text-dense text-text-2">
          {format.bytes(file.bytes)} · {file.isEncrypted ? text.backups.encrypted : text.backups.plain}
        </span>
      </p>
      {canDownload ? (
        <a
          href={downloadBackup.path.replace(":backupName", encodeURIComponent(file.name))}
          download={file.name}
          aria-label={text.backups.downloadOf({ time })}
          className={buttonClasses("quiet")}
        >
          {text.backups.download}
        </a>
      ) : null}
    </li>
  );
}
