import { Copy, RotateCcw } from "lucide-react";
import { useState } from "react";
import { Button } from "../ui/button.tsx";
import { Choice } from "../ui/choice.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Empty } from "../ui/empty.tsx";
import { useText } from "../ui/i18n/language-provider.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Markdown } from "../ui/markdown/markdown.tsx";
import { Notice, ProblemNotice } from "../ui/notice.tsx";
import { ServerProblem } from "../ui/server-problem.ts";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextField } from "../ui/text-field.tsx";
import { DesignPart } from "./design-part.tsx";

const sampleMarkdown = `**A** *b* \`c\` [d](https://example.org)

\`\`\`ts
const answer: number = 42; // why
\`\`\`

| a | b |
|---|--:|
| x | 1 |

- one
- two

$$e^{i\\pi} + 1 = 0$$

> quote`;

/** Controls, notices and answers in every state. */
export function DesignBlocks() {
  const text = useText();
  return (
    <>
      <DesignButtons />
      <DesignFields />
      <DesignPart title={text.design.notices}>
        <Notice tone="neutral" action={<Button>{text.conversation.continue}</Button>}>
          {text.conversation.stopped}
        </Notice>
        <Notice tone="warning" action={<Button>{text.conversation.continue}</Button>}>
          {text.conversation.interrupted}
        </Notice>
        <ProblemNotice
          heading={text.conversation.failed}
          problem={new ServerProblem("engine_crashed", "", 503, {}, "01HX5J3F9Q2M")}
          onRetry={() => undefined}
        />
        <Empty sentence={text.models.empty} action={<Button>{text.models.refresh}</Button>} />
        <Skeleton rows={2} />
      </DesignPart>
      <DesignPart title={text.design.markdown}>
        <Markdown source={sampleMarkdown} isOpen={false} />
      </DesignPart>
    </>
  );
}

function DesignButtons() {
  const text = useText();
  return (
    <DesignPart title={text.design.buttons}>
      <div className="flex flex-wrap gap-2">
        <Button look="primary">{text.design.primary}</Button>
        <Button>{text.design.secondary}</Button>
        <Button look="quiet">{text.design.quiet}</Button>
        <Button look="danger">{text.design.danger}</Button>
        <Button look="floating">{text.conversation.latest}</Button>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button look="primary" disabled>
          {text.design.busy}
        </Button>
        <Button disabled>{text.design.disabled}</Button>
        <Button look="danger" disabled>
          {text.design.danger}
        </Button>
        <IconButton icon={RotateCcw} label={text.conversation.retry} />
        <IconButton icon={Copy} label={text.common.copy} disabled />
        <CopyButton label={text.common.copy} read={() => sampleMarkdown} />
      </div>
    </DesignPart>
  );
}

function DesignFields() {
  const text = useText();
  const [theme, setTheme] = useState("system");
  return (
    <>
      <DesignPart title={text.design.fields}>
        <TextField
          label={text.settings.name}
          help={text.design.help}
          defaultValue=""
          placeholder={text.composer.placeholder}
        />
        <TextField label={text.settings.email} problem={text.design.problem} defaultValue="" />
        <TextField label={text.signIn.password} disabled defaultValue="" />
      </DesignPart>
      <DesignPart title={text.design.choices}>
        <Choice
          label={text.settings.theme}
          help={text.settings.densityHelp}
          value={theme}
          options={[
            { value: "system", label: text.settings.themeSystem },
            { value: "light", label: text.settings.themeLight },
            { value: "dark", label: text.settings.themeDark },
          ]}
          onChange={setTheme}
        />
      </DesignPart>
    </>
  );
}
