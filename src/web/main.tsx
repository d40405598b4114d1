import { CSPProvider } from "@base-ui/react/csp-provider";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { PendingSendsProvider } from "../features/chats/web/pending-sends-context.tsx";
import { HintProvider } from "../ui/hint.tsx";
import { LanguageProvider, loadLanguage, preferredLanguage } from "../ui/i18n/language-provider.tsx";
import { ToastProvider } from "../ui/toast.tsx";
import { createQueryClient } from "./query-client.ts";
import { createAppRouter } from "./router.tsx";
import "../ui/theme.css";

const queryClient = createQueryClient(() => {
  queryClient.removeQueries();
  const next = router.state.location.href;
  void router.navigate({ to: "/sign-in", search: { next, ended: true }, replace: true });
});
const router = createAppRouter(queryClient);

// A new version of the server has other file names: load the page again rather than break.
addEventListener("vite:preloadError", () => location.reload());

const place = document.getElementById("app");
if (place !== null) {
  const initial = await loadLanguage(preferredLanguage());
  createRoot(place).render(
    <StrictMode>
      {/* The server's content policy forbids style elements. */}
      <CSPProvider disableStyleElements>
        <LanguageProvider initial={initial}>
          <QueryClientProvider client={queryClient}>
            <HintProvider delay={400}>
              <ToastProvider>
                <PendingSendsProvider>
                  <RouterProvider router={router} />
                </PendingSendsProvider>
              </ToastProvider>
            </HintProvider>
          </QueryClientProvider>
        </LanguageProvider>
      </CSPProvider>
    </StrictMode>,
  );
}
