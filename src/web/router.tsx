// Every page of the app. Pages that a first answer does not need are loaded when they are opened.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { ConversationPage } from "../features/chats/web/conversation-page.tsx";
import { NewChatPage } from "../features/chats/web/new-chat-page.tsx";
import { UploadProvider } from "../features/models/web/upload-context.tsx";
import { meQuery } from "../features/users/web/use-me.ts";
import { useKnownOrganisation } from "../features/users/web/use-organisation.ts";
import { OrganisationNameProvider } from "../ui/server-name.tsx";
import { ServerProblem } from "../ui/server-problem.ts";
import { AppShell } from "./app-shell.tsx";
import { CrashPage } from "./crash-page.tsx";
import { NotFoundPage } from "./not-found-page.tsx";
import { isSettingsSection } from "./settings-sections.ts";

/** An upload goes on while a person looks at other pages, and each of them says whose server it is. */
function Root() {
  return (
    <OrganisationNameProvider name={useKnownOrganisation()}>
      <UploadProvider>
        <Outlet />
      </UploadProvider>
    </OrganisationNameProvider>
  );
}

interface RouterContext {
  readonly queryClient: QueryClient;
}

const root = createRootRouteWithContext<RouterContext>()({
  component: Root,
  notFoundComponent: NotFoundPage,
  errorComponent: CrashPage,
});

const signInRoute = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; ended?: boolean } => ({
    ...(typeof search["next"] === "string" ? { next: search["next"] } : {}),
    ...(search["ended"] === true ? { ended: true } : {}),
  }),
  component: lazyRouteComponent(() => import("../features/users/web/sign-in-page.tsx"), "SignInPage"),
});

const setupRoute = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("../features/users/web/setup-page.tsx"), "SetupPage"),
});

const inviteRoute = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  component: lazyRouteComponent(() => import("../features/users/web/invite-page.tsx"), "InvitePage"),
});

const resetRoute = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  component: lazyRouteComponent(() => import("../features/users/web/reset-page.tsx"), "ResetPage"),
});

const designRoute = createRoute({
  getParentRoute: () => root,
  path: "/design",
  component: lazyRouteComponent(() => import("./design-page.tsx"), "DesignPage"),
});

async function requireMember({ context, location }: { context: RouterContext; location: { href: string } }) {
  try {
    await context.queryClient.ensureQueryData(meQuery);
  } catch (problem) {
    const isSignedOut = problem instanceof ServerProblem && problem.code === "not_signed_in";
    if (!isSignedOut) throw problem;
    redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href }, throw: true });
  }
}

const welcomeRoute = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  component: lazyRouteComponent(() => import("./welcome-page.tsx"), "WelcomePage"),
  beforeLoad: requireMember,
});

const appRoute = createRoute({
  getParentRoute: () => root,
  id: "app",
  component: AppShell,
  beforeLoad: requireMember,
});

const newChatRoute = createRoute({ getParentRoute: () => appRoute, path: "/", component: NewChatPage });

const chatRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/chats/$chatId",
  component: ConversationPage,
});

const modelsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/models",
  component: lazyRouteComponent(() => import("../features/models/web/models-page.tsx"), "ModelsPage"),
});

const settingsPage = lazyRouteComponent(() => import("./settings-page.tsx"), "SettingsPage");

const settingsRoute = createRoute({ getParentRoute: () => appRoute, path: "/settings", component: settingsPage });

const settingsSectionRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/$section",
  component: settingsPage,
  beforeLoad: ({ params, context }) => requireSection(context, params.section),
});

const personRoute = createRoute({
  getParentRoute: () => appRoute,
  path: "/settings/people/$userId",
  component: settingsPage,
  beforeLoad: ({ context }) => requireSection(context, "people"),
});

async function requireSection({ queryClient }: RouterContext, section: string): Promise<void> {
  const { role } = await queryClient.ensureQueryData(meQuery);
  if (!isSettingsSection(section, role)) redirect({ to: "/settings", throw: true });
}

export function createAppRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signInRoute,
      setupRoute,
      inviteRoute,
      resetRoute,
      welcomeRoute,
      designRoute,
      appRoute.addChildren([newChatRoute, chatRoute, modelsRoute, settingsRoute, settingsSectionRoute, personRoute]),
    ]),
    context: { queryClient },
    defaultPreload: "intent",
    defaultPendingMs: 300,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
