"""How each LMS is connected by hand: its screens in their order, what goes into each field, what to bring back.

Pages (``setup.py``) and docs/setup (``setup_docs.py``) are both made of this, so they say the same. Values are those of
a dynamic registration (``services/by_hand.py``). A screen's words are in English, and in another language only where
we have seen the LMS say them (Moodle 4's own language packs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_elos.domain.sentences import marked as _l


@dataclass(frozen=True, slots=True)
class Label:
    """Words on an LMS's screen. "" in a language: not known there."""

    en: str
    pt_BR: str = ""  # noqa: N815 - the language's own name
    es: str = ""

    def known(self, locale: str) -> str:
        """As the LMS says it in this language, or ""."""
        return {"en": self.en, "pt_BR": self.pt_BR, "es": self.es}[locale]


Slots = Mapping[str, Label | str]
"""What fills a sentence: words of a screen, or something to be typed."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    label: Label
    value: str = ""
    """To be typed; with slots named after the fields of ``by_hand.Typed``, and ``custom_lines``."""
    option: Label | None = None
    """To be chosen."""
    state: str = ""
    """What a box or switch is to be: a sentence's part, for the catalogues."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do, or to know."""

    text: str
    fields: tuple[Field, ...] = ()
    slots: Slots = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brought:
    """What the LMS shows, and the option of ``lti-elos platform add`` that takes it."""

    label: Label
    option: str


@dataclass(frozen=True, slots=True)
class Guide:
    """One LMS."""

    key: str
    """In the page's address."""
    name: str
    """"" for all others."""
    family: str
    """product_family_code."""
    registers_itself: bool
    """It can be connected in one paste."""
    steps: tuple[Step, ...]
    brings: tuple[Brought, ...]
    command: tuple[tuple[str, str], ...]
    """Options of ``lti-elos platform add`` with what is known of their values."""
    afterwards: tuple[Step, ...]
    notes: tuple[Step, ...]


def _step(text: str, *fields: Field, **slots: Label | str) -> Step:
    return Step(text, fields, slots)


_ON, _OFF = _l("switched on"), _l("switched off")
_FILL_IN = _l("Fill in the form. What is not named here stays as it is.")

CHECKS = (
    _step(_l("Open a link as a teacher and as a student: the page says who moderates, and the names are right.")),
    _step(
        _l("A page that refuses shows a code. {doctor} looks at this LMS and says how to mend what it finds."),
        doctor="lti-elos doctor --platform ID",
    ),
)
_WINDOW = _step(
    _l(
        "In a new window everything works in every browser: cookies, camera, microphone, sharing a screen. A browser "
        "may hold the window back once: allow pop-ups for the LMS's address."
    )
)
_NO_SERVICES = _l("Class list and grades may be switched on for later versions; this one uses neither.")
_ASSISTANTS = _l("Teaching assistants moderate.")

# --- Moodle ---

_TOOL_URL = Label("Tool URL", "URL da ferramenta", "URL de la herramienta")
_NEVER = Label("Never", "Nunca", "Nunca")
_SELECT_CONTENT = Label("Select content", "Selecionar conteúdo", "Seleccionar contenido")
_GRADES = Label(
    "Accept grades from the tool", "Aceitar notas da ferramenta", "Aceptar calificaciones desde la herramienta"
)
_EMBED = Label("Embed, without blocks", "Incorporar sem blocos", "Incrustar, sin bloques")

_MOODLE = Guide(
    key="moodle",
    name="Moodle",
    family="moodle",
    registers_itself=True,
    steps=(
        _step(
            _l("Open {place} and choose {manually}."),
            place=Label(
                "Site administration → Plugins → Activity modules → External tool → Manage tools",
                "Administração do site → Plugins → Módulos de atividade → Ferramenta externa → Gerenciar ferramentas",
                "Administración del sitio → Extensiones → Módulos de actividad → Herramienta externa → "
                "Administrar herramientas",
            ),
            manually=Label(
                "configure a tool manually",
                "configurar uma ferramenta manualmente",
                "configurar la herramienta manualmente",
            ),
        ),
        _step(
            _FILL_IN,
            Field(Label("Tool name", "Nome da ferramenta", "Nombre de la herramienta"), "{name}"),
            Field(_TOOL_URL, "{launch_url}"),
            Field(
                Label("Tool description", "Descrição da ferramenta", "Descripción de la herramienta"), "{description}"
            ),
            Field(Label("LTI version", "Versão do LTI", "Versión LTI"), option=Label("LTI 1.3", "LTI 1.3", "LTI 1.3")),
            Field(
                Label("Public key type", "Tipo de chave pública", "Tipo de clave pública"),
                option=Label("Keyset URL", "Keyset URL", "URL del conjunto de claves"),
            ),
            Field(Label("Public keyset", "Public keyset", "Conjunto de claves públicas"), "{keys_url}"),
            Field(
                Label("Initiate login URL", "Iniciar URL de login", "Iniciar URL de inicio de sesión"), "{login_url}"
            ),
            Field(
                Label("Redirection URI(s)", "URI (s) de redirecionamento", "URI(s) de redirección"), "{redirect_url}"
            ),
            Field(
                Label("Custom parameters", "Parâmetros personalizados", "Parámetros personalizados"), "{custom_lines}"
            ),
            Field(
                Label(
                    "Tool configuration usage",
                    "Uso da configuração da ferramenta",
                    "Configuración del uso de la herramienta",
                ),
                option=Label(
                    "Show in activity chooser and as a preconfigured tool",
                    "Mostrar no seletor de atividades como uma ferramenta pré-configurada",
                    "Mostrar en el selector de actividad como una herramienta preconfigurada",
                ),
            ),
            Field(
                Label(
                    "Default launch container", "Container de inicialização padrão", "Contenedor de inicio por defecto"
                ),
                option=Label("New window", "Nova janela", "Nueva ventana"),
            ),
            Field(
                Label(
                    "Supports Deep Linking (Content-Item Message)",
                    "Suporta Links Profundos (Mensagem de Item de Conteúdo)",
                    "Admite enlaces profundos (mensaje elemento-contenido)",
                ),
                state=_ON,
            ),
            Field(
                Label("Content Selection URL", "URL de Seleção de Conteúdo", "URL de selección de contenido"),
                "{launch_url}",
            ),
            Field(
                Label(
                    "Share launcher's name with tool",
                    "Compartilhar nome de inicialização com ferramenta",
                    "Compartir el nombre del usuario con la herramienta",
                ),
                option=Label("Always", "Sempre", "Siempre"),
            ),
            Field(
                Label(
                    "Share launcher's email with tool",
                    "Compartilhar email de inicialização com ferramenta",
                    "Compartir el e-mail del usuario con la herramienta",
                ),
                option=_NEVER,
            ),
            Field(_GRADES, option=_NEVER),
        ),
        _step(
            _l("Save. On the tool's card, open {details}: it shows what this site needs."),
            details=Label(
                "View configuration details", "Ver detalhes da configuração", "Ver detalles de configuración"
            ),
        ),
    ),
    brings=(
        Brought(Label("Platform ID", "ID da plataforma", "ID de plataforma"), "--issuer"),
        Brought(Label("Client ID", "ID do cliente", "ID de cliente"), "--client-id"),
        Brought(
            Label(
                "Authentication request URL", "URL de solicitação de autenticação", "URL de solicitud de autenticación"
            ),
            "--auth-login-url",
        ),
        Brought(Label("Access token URL", "URL do token de acesso", "URL de token de acceso"), "--auth-token-url"),
        Brought(
            Label("Public keyset URL", "URL do conjunto de chaves públicas", "URL del conjunto de claves públicas"),
            "--jwks-url",
        ),
    ),
    command=(
        ("--name", "Moodle"),
        ("--issuer", "https://moodle.example.org"),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://moodle.example.org/mod/lti/auth.php"),
        ("--auth-token-url", "https://moodle.example.org/mod/lti/token.php"),
        ("--jwks-url", "https://moodle.example.org/mod/lti/certs.php"),
    ),
    afterwards=(
        _step(_l("Add an activity: the tool is in the activity chooser. Without more, it opens the course's room.")),
        _step(_l("With {select}, the teacher chooses what the activity opens."), select=_SELECT_CONTENT),
    ),
    notes=(
        _step(
            _l(
                "The container is the tool's setting: a teacher cannot choose it for one activity. Phones and tablets "
                "always use the same window."
            )
        ),
        _WINDOW,
        _step(
            _l(
                "With {embed}, Moodle's frame lets camera and microphone through for the host of {tool_url} alone, and "
                "never the screen: whoever presents uses the new window."
            ),
            embed=_EMBED,
            tool_url=_TOOL_URL,
        ),
        _step(_l("The platform ID is Moodle's address as in its configuration, path included.")),
        _step(
            _l("{ssl} changes nothing: these addresses are https already."),
            ssl=Label("Force SSL", "Forçar SSL", "Forzar SSL"),
        ),
        _step(
            _l("Until this site writes grades, {never} under {grades} keeps an empty column out of the gradebook."),
            never=_NEVER,
            grades=_GRADES,
        ),
        _step(_NO_SERVICES),
        _step(
            _l(
                "Editing and non-editing teachers both moderate, and so does a site administrator who opens an "
                "activity."
            )
        ),
        _step(
            _l(
                "A custom parameter of the tool beats the same one of an activity: for rooms of their own, put "
                "{scope} on "
                "those activities and not on the tool."
            ),
            scope="room_scope=resource",
        ),
        _step(
            _l("Somebody whose zone is that of the server has no zone in the launch: the default of this site holds.")
        ),
        _step(_l("Moodle's answer lives for 60 seconds: keep both clocks right.")),
    ),
)

# --- Canvas ---

_CANVAS_ISSUER = "https://canvas.instructure.com"

_CANVAS = Guide(
    key="canvas",
    name="Canvas",
    family="canvas",
    registers_itself=True,
    steps=(
        _step(
            _l("Open {place} and press {add}, then {lti_key}."),
            place=Label("Admin → Developer Keys"),
            add=Label("+ Developer Key"),
            lti_key=Label("+ LTI Key"),
        ),
        _step(
            _FILL_IN,
            Field(Label("Key Name"), "{name}"),
            Field(Label("Redirect URIs"), "{redirect_url}"),
            Field(Label("Method"), option=Label("Enter URL")),
            Field(Label("JSON URL"), "{base_url}/lti/config/canvas.json"),
        ),
        _step(
            _l("Save, and switch the key's {state} to {on}. The number under {details} is the client ID."),
            state=Label("State"),
            on=Label("ON"),
            details=Label("Details"),
        ),
        _step(
            _l("Open {place} and add the app {by}. The gear beside the app shows its {deployment}."),
            place=Label("Settings → Apps → View App Configurations → + App"),
            by=Label("By Client ID"),
            deployment=Label("Deployment Id"),
        ),
    ),
    brings=(
        Brought(Label("Details"), "--client-id"),
        Brought(Label("Deployment Id"), "--deployment-id"),
    ),
    command=(
        ("--name", "Canvas"),
        ("--issuer", _CANVAS_ISSUER),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://sso.canvaslms.com/api/lti/authorize_redirect"),
        ("--auth-token-url", "https://sso.canvaslms.com/login/oauth2/token"),
        ("--jwks-url", "https://sso.canvaslms.com/api/lti/security/jwks"),
        ("--deployment-id", "DEPLOYMENT_ID"),
    ),
    afterwards=(
        _step(
            _l(
                "The tool is in the course's menu and opens its room in a new window. Teachers hide and show it under "
                "{place}."
            ),
            place=Label("Settings → Navigation"),
        ),
        _step(
            _l("In a module, {add} and {external} offer the tool, and with it what the link shall open."),
            add=Label("+"),
            external=Label("External Tool"),
        ),
    ),
    notes=(
        _step(
            _l("A Canvas that cannot reach this site: choose {paste} and paste what the JSON's address shows."),
            paste=Label("Paste JSON"),
        ),
        _step(
            _l("In newer versions the same form is under {place}."), place=Label("Apps → Manage → Install a New App")
        ),
        _step(
            _l(
                "The issuer is the same for every school in the cloud: only client ID and deployment ID tell yours. "
                "Without {option}, whoever installs the key gets in."
            ),
            option="--deployment-id",
        ),
        _step(
            _l(
                "Beta and test have issuers of their own, {beta} and {test}, and hosts {sso_beta} and {sso_test}: "
                "connect them apart."
            ),
            beta="https://canvas.beta.instructure.com",
            test="https://canvas.test.instructure.com",
            sso_beta="sso.beta.canvaslms.com",
            sso_test="sso.test.canvaslms.com",
        ),
        _step(
            _l(
                "A Canvas of your own: its host in the three addresses; the issuer stays {issuer} unless it was "
                "changed."
            ),
            issuer=_CANVAS_ISSUER,
        ),
        _step(_l("The JSON asks for names alone, without e-mail addresses ({level})."), level="name_only"),
        _step(_NO_SERVICES),
        _WINDOW,
        _step(
            _l(
                "In Canvas's frame camera, microphone and screen work too: for the frame, paste the JSON without "
                "{target}."
            ),
            target="windowTarget",
        ),
        _step(
            _l(
                "Teaching assistants moderate; observers and designers do not. An account administrator who is not in "
                "the course may manage."
            )
        ),
    ),
)

# --- Brightspace ---

_BRIGHTSPACE = Guide(
    key="brightspace",
    name="Brightspace",
    family="desire2learn",
    registers_itself=True,
    steps=(
        _step(
            _l("Open {place}, press {register} and choose {standard}."),
            place=Label("Admin Tools → Manage Extensibility → LTI Advantage"),
            register=Label("Register Tool"),
            standard=Label("Standard"),
        ),
        _step(
            _FILL_IN,
            Field(Label("Name"), "{name}"),
            Field(Label("Description"), "{description}"),
            Field(Label("Domain"), "{base_url}"),
            Field(Label("Redirect URLs"), "{redirect_url}"),
            Field(Label("OpenID Connect Login URL"), "{login_url}"),
            Field(Label("Target Link URI"), "{launch_url}"),
            Field(Label("Keyset URL"), "{keys_url}"),
            Field(Label("Extensions"), option=Label("Deep Linking")),
        ),
        _step(
            _l("Press {register}. Brightspace shows what this site needs; see that the registration is {enabled}."),
            register=Label("Register"),
            enabled=Label("Enabled"),
        ),
    ),
    brings=(
        Brought(Label("Issuer"), "--issuer"),
        Brought(Label("Client Id"), "--client-id"),
        Brought(Label("OpenID Connect Authentication Endpoint"), "--auth-login-url"),
        Brought(Label("Brightspace OAuth2 Access Token URL"), "--auth-token-url"),
        Brought(Label("Brightspace Keyset URL"), "--jwks-url"),
        Brought(Label("Brightspace OAuth2 Audience"), "--audience"),
    ),
    command=(
        ("--name", "Brightspace"),
        ("--issuer", "https://lms.example.org"),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://lms.example.org/d2l/lti/authenticate"),
        ("--auth-token-url", "https://auth.brightspace.com/core/connect/token"),
        ("--jwks-url", "https://lms.example.org/d2l/.well-known/jwks"),
        ("--audience", "https://api.brightspace.com/auth/token"),
    ),
    afterwards=(
        _step(
            _l("Open {place} and press {new}. Choose the tool and:"),
            Field(Label("Extensions"), option=Label("Deep Linking")),
            Field(
                Label("Security Settings"),
                option=Label("First Name, Last Name, Org Unit Information, Link Information"),
            ),
            Field(Label("Open as External Resource"), state=_ON),
            Field(Label("Add Org Units"), state=_l("those that shall have it")),
            place=Label("Admin Tools → External Learning Tools → LTI Advantage"),
            new=Label("New Deployment"),
        ),
        _step(
            _l(
                "Under {links}, make a link. {basic} opens the course's room; with {quick} the teacher chooses what "
                "it opens."
            ),
            Field(Label("URL"), "{launch_url}"),
            links=Label("View Links"),
            basic=Label("Basic Launch"),
            quick=Label("Deep Linking Quicklink"),
        ),
    ),
    notes=(
        _step(_l("A domain can have one enabled registration.")),
        _step(
            _l(
                "Roles come from the site's IMS role mapping. Whoever shall moderate must be mapped to Instructor, "
                "TeachingAssistant or Administrator; a role without mapping arrives as none, so as a participant."
            )
        ),
        _WINDOW,
        _step(_l("In Brightspace's frame camera, microphone and screen work; full screen does not.")),
        _step(_NO_SERVICES),
    ),
)

# --- Blackboard ---

_BLACKBOARD = Guide(
    key="blackboard",
    name="Blackboard",
    family="BlackboardLearn",
    registers_itself=False,
    steps=(
        _step(
            _l("Once for all institutions: in the developer portal ({portal}), register an application."),
            Field(Label("Application Name"), "{name}"),
            Field(Label("Description"), "{description}"),
            Field(Label("Domain(s)"), "{domain}"),
            Field(Label("My integration supports LTI 1.3"), state=_ON),
            Field(Label("Login Initiation URL"), "{login_url}"),
            Field(Label("Tool Redirect URL(s)"), "{redirect_url}"),
            Field(Label("Tool JWKS URL"), "{keys_url}"),
            Field(Label("Signing Algorithm"), option=Label("RS256")),
            portal="https://developer.blackboard.com",
        ),
        _step(
            _l("At the institution, open {place} and press {register}. The client ID is the {application}."),
            place=Label("Administrator Panel → LTI Tool Providers"),
            register=Label("Register LTI 1.3/Advantage Tool"),
            application=Label("Application ID"),
        ),
        _step(
            _l("Blackboard shows the {deployment}. Set:"),
            Field(Label("Tool Status"), option=Label("Approved")),
            Field(Label("User Fields to Send"), option=Label("Role in Course, Name")),
            deployment=Label("Deployment ID"),
        ),
        _step(
            _l(
                "Under {placements}, make a placement. {content} opens the course's room; with {deep} the teacher "
                "chooses what it opens."
            ),
            Field(Label("Label"), "{name}"),
            Field(Label("Handle"), "elos"),
            Field(Label("Target Link URI"), "{launch_url}"),
            Field(Label("Launch in New Window"), state=_ON),
            placements=Label("Manage Placements"),
            content=Label("Course content tool"),
            deep=Label("Deep Linking content tool"),
        ),
    ),
    brings=(
        Brought(Label("Application ID"), "--client-id"),
        Brought(Label("Deployment ID"), "--deployment-id"),
    ),
    command=(
        ("--name", "Blackboard"),
        ("--issuer", "https://blackboard.com"),
        ("--client-id", "APPLICATION_ID"),
        ("--auth-login-url", "https://developer.blackboard.com/api/v1/gateway/oidcauth"),
        ("--auth-token-url", "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken"),
        ("--jwks-url", "https://developer.blackboard.com/api/v1/management/applications/APPLICATION_ID/jwks.json"),
        ("--deployment-id", "DEPLOYMENT_ID"),
    ),
    afterwards=(_step(_l("In a course, add content and choose the placement by its label.")),),
    notes=(
        _step(
            _l(
                "One issuer and one client ID for the world: the deployment ID is the institution. One that was not "
                "named waits ({code}) until {approve} lets it in."
            ),
            code="LTI-DEPLOYMENT-PENDING",
            approve="lti-elos platform approve ID DEPLOYMENT_ID",
        ),
        _step(_l("No two applications of the portal share a domain.")),
        _WINDOW,
        _step(_l("Blackboard's frame lets the microphone and the screen through; the camera in some versions only.")),
        _step(_NO_SERVICES),
    ),
)

# --- Sakai ---

_SAKAI = Guide(
    key="sakai",
    name="Sakai",
    family="sakai",
    registers_itself=True,
    steps=(
        _step(
            _l("Open {place} and press {install}."),
            place=Label("Administration Workspace → External Tools"),
            install=Label("Install LTI 1.x Tool"),
        ),
        _step(
            _l("Fill in the form. The fields are called a little differently from version to version."),
            Field(Label("Tool Title"), "{name}"),
            Field(Label("Launch URL"), "{launch_url}"),
            Field(Label("LTI 1.3"), state=_ON),
            Field(Label("LTI 1.3 Tool Keyset URL"), "{keys_url}"),
            Field(Label("LTI 1.3 Tool OpenID Connect/Initialization Endpoint"), "{login_url}"),
            Field(Label("LTI 1.3 Tool Redirect Endpoint"), "{redirect_url}"),
            Field(Label("Deep Linking (Content-Item)"), state=_ON),
            Field(Label("Send User Names to External Tool"), state=_ON),
            Field(Label("Send Email Addresses to External Tool"), state=_OFF),
            Field(Label("Open in a New Window"), state=_ON),
        ),
        _step(_l("Save, and open the tool again: it shows what this site needs.")),
    ),
    brings=(
        Brought(Label("LTI 1.3 Platform Issuer"), "--issuer"),
        Brought(Label("LTI 1.3 Client ID"), "--client-id"),
        Brought(Label("LTI 1.3 Platform OIDC Authentication URL"), "--auth-login-url"),
        Brought(Label("LTI 1.3 Platform OAuth2 Bearer Token Retrieval URL"), "--auth-token-url"),
        Brought(Label("LTI 1.3 Platform Keyset URL"), "--jwks-url"),
    ),
    command=(
        ("--name", "Sakai"),
        ("--issuer", "https://sakai.example.org"),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://sakai.example.org/imsoidc/lti13/oidc_auth"),
        ("--auth-token-url", "https://sakai.example.org/imsblis/lti13/token/TOOL_ID"),
        ("--jwks-url", "https://sakai.example.org/imsblis/lti13/keyset/TOOL_ID"),
    ),
    afterwards=(
        _step(
            _l(
                "In a site, the tool is under {site}, and in Lessons under {lessons}; the teacher chooses what it "
                "opens."
            ),
            site=Label("Site Info → External Tools"),
            lessons=Label("Add Content → Add External Tool"),
        ),
    ),
    notes=(
        _WINDOW,
        _step(
            _l(
                "Sakai's frame often gives no camera; a site can allow it ({feature}). The meeting opens in a tab of "
                "its own then."
            ),
            feature="browser.feature.allow",
        ),
        _step(_ASSISTANTS),
        _step(_NO_SERVICES),
    ),
)

# --- Open edX ---

_OPENEDX = Guide(
    key="openedx",
    name="Open edX",
    family="openedx",
    registers_itself=False,
    steps=(
        _step(
            _l("In Studio, open {place} and add {module} to {modules}."),
            place=Label("Settings → Advanced Settings"),
            module='"lti_consumer"',
            modules=Label("Advanced Module List"),
        ),
        _step(
            _l("In a unit, add {block} and edit it."),
            Field(Label("LTI Version"), option=Label("LTI 1.3")),
            Field(Label("Tool Launch URL"), "{launch_url}"),
            Field(Label("Tool Initiate Login URL"), "{login_url}"),
            Field(Label("Registered Redirect URIs"), '["{redirect_url}"]'),
            Field(Label("Tool Public Key Mode"), option=Label("Keyset URL")),
            Field(Label("Tool Keyset URL"), "{keys_url}"),
            Field(Label("Deep linking"), option=Label("True")),
            Field(Label("Deep Linking Launch URL"), "{launch_url}"),
            Field(Label("LTI Launch Target"), option=Label("New Window")),
            Field(Label("Request user's full name"), option=Label("True")),
            Field(Label("Request user's email"), option=Label("False")),
            block=Label("Advanced → LTI Consumer"),
        ),
        _step(_l("Save and publish. The block shows what this site needs.")),
    ),
    brings=(
        Brought(Label("Client ID"), "--client-id"),
        Brought(Label("OIDC Callback URL"), "--auth-login-url"),
        Brought(Label("OAuth Token URL"), "--auth-token-url"),
        Brought(Label("Keyset URL"), "--jwks-url"),
    ),
    command=(
        ("--name", "Open edX"),
        ("--issuer", "https://lms.example.org"),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://lms.example.org/api/lti_consumer/v1/launch/"),
        ("--auth-token-url", "https://lms.example.org/api/lti_consumer/v1/token/BLOCK"),
        ("--jwks-url", "https://lms.example.org/api/lti_consumer/v1/public_keysets/BLOCK"),
    ),
    afterwards=(
        _step(
            _l(
                "Without more, the block opens the course's room. Its link for deep linking in Studio lets you choose "
                "another."
            )
        ),
    ),
    notes=(
        _step(
            _l(
                "Each block has a client ID of its own, and so is a platform of its own here, unless you use a "
                "{reusable}."
            ),
            reusable=Label("LTI Reusable Configuration ID"),
        ),
        _step(_l("The issuer is the address of the LMS, not that of Studio. The deployment ID is {one}."), one="1"),
        _step(_l("Names come only where the course may share them: that is a setting of the site.")),
        _step(
            _l("Course staff moderate. So do community TAs and group moderators, unless the policy {policy} is set."),
            policy="assistants_moderate=false",
        ),
        _WINDOW,
        _step(_l("The frame of Open edX lets camera and microphone through, and never the screen.")),
    ),
)

# --- all others ---

_OTHER = Guide(
    key="other",
    name="",
    family="",
    registers_itself=False,
    steps=(
        _step(
            _l("Register a tool of LTI 1.3 by hand. The LMS asks for these, by these names or similar ones:"),
            Field(Label("Tool name"), "{name}"),
            Field(Label("Description"), "{description}"),
            Field(Label("OIDC login initiation URL"), "{login_url}"),
            Field(Label("Redirect URI"), "{redirect_url}"),
            Field(Label("Target link URI, launch URL, tool URL"), "{launch_url}"),
            Field(Label("Deep linking URL, content selection URL"), "{launch_url}"),
            Field(Label("JWKS URL, public keyset"), "{keys_url}"),
            Field(Label("Domain"), "{domain}"),
            Field(Label("Custom parameters"), "{custom_lines}"),
            Field(Label("iframe allow"), "camera; microphone; display-capture; fullscreen; autoplay"),
        ),
        _step(_l("Let it send names, without e-mail addresses. Let it open in a new window, where the LMS can.")),
        _step(_l("Save. The LMS shows what this site needs.")),
    ),
    brings=(
        Brought(Label("Issuer, platform ID"), "--issuer"),
        Brought(Label("Client ID"), "--client-id"),
        Brought(Label("OIDC authentication URL"), "--auth-login-url"),
        Brought(Label("Access token URL"), "--auth-token-url"),
        Brought(Label("JWKS URL, public keyset URL"), "--jwks-url"),
    ),
    command=(
        ("--name", "LMS"),
        ("--issuer", "https://lms.example.org"),
        ("--client-id", "CLIENT_ID"),
        ("--auth-login-url", "https://lms.example.org/LOGIN"),
        ("--auth-token-url", "https://lms.example.org/TOKEN"),
        ("--jwks-url", "https://lms.example.org/JWKS"),
    ),
    afterwards=(
        _step(
            _l(
                "A link to the tool opens the course's room. Where the LMS offers to select content, the teacher "
                "chooses."
            )
        ),
    ),
    notes=(
        _step(
            _l(
                "Enter the redirect URI exactly: LMSs compare it letter by letter. Any address of this site can be a "
                "target."
            )
        ),
        _step(_l("If the LMS lists the sites that it may frame, add this one.")),
        _WINDOW,
        _step(
            _l(
                "Of the custom parameters, an LMS fills those that it knows. One that it does not know counts as "
                "absent."
            )
        ),
        _step(_NO_SERVICES),
    ),
)

GUIDES: Mapping[str, Guide] = {
    one.key: one for one in (_MOODLE, _CANVAS, _BRIGHTSPACE, _BLACKBOARD, _SAKAI, _OPENEDX, _OTHER)
}
