//! An invented company whose people leave logs in the shapes of real vendors: mostly log-ins, and
//! about one change of somebody's access in a hundred records. The same seed gives the same bytes.

use tenure::model::time::{Span, Timestamp};

/// The directories of the logs, and the order of [`Record::source`].
pub const SOURCES: [&str; 5] = [
    "okta",
    "google_workspace",
    "github",
    "aws_cloudtrail",
    "hris",
];
const OKTA: usize = 0;
const GOOGLE: usize = 1;
const GITHUB: usize = 2;
const CLOUDTRAIL: usize = 3;
const HRIS: usize = 4;

/// 2026-01-05T00:00:00Z
const BEGIN_SECONDS: i64 = 1_767_571_200;
/// The time that all records together span.
const SPAN_DAYS: i64 = 30;

const FIRST_NAMES: [&str; 12] = [
    "Ada", "Bo", "Carla", "Dinesh", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jun", "Kofi", "Lena",
];
const LAST_NAMES: [&str; 11] = [
    "Okafor",
    "Lindqvist",
    "Moreau",
    "Tanaka",
    "Novak",
    "Silva",
    "Haddad",
    "Keller",
    "Rossi",
    "Nguyen",
    "Brandt",
];
const CITIES: [(&str, &str, &str); 6] = [
    ("Springfield", "Oregon", "United States"),
    ("Uppsala", "Uppsala County", "Sweden"),
    ("Lyon", "Auvergne-Rhone-Alpes", "France"),
    ("Osaka", "Osaka", "Japan"),
    ("Curitiba", "Parana", "Brazil"),
    ("Graz", "Styria", "Austria"),
];

/// A generator of numbers that do not line up (SplitMix64).
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }
}

pub struct Company {
    chance: Chance,
    identities: u64,
    clock: Timestamp,
    step_micros: i64,
}

/// A person, from whose number everything about them follows.
struct Person {
    number: u64,
    first: &'static str,
    last: &'static str,
    mixed: u64,
}

impl Person {
    fn new(number: u64) -> Self {
        let pick = |from: &[&'static str], by: u64| {
            from.iter()
                .cycle()
                .nth((by % from.len() as u64) as usize)
                .copied()
        };
        Person {
            number,
            first: pick(&FIRST_NAMES, number).unwrap_or_default(),
            last: pick(&LAST_NAMES, number / 12).unwrap_or_default(),
            mixed: Chance::new(number).next(),
        }
    }

    fn email(&self) -> String {
        let name = format!("{}.{}{}@corp.example", self.first, self.last, self.number);
        name.to_lowercase()
    }

    fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    fn okta(&self) -> String {
        format!(
            "00u{:017x}",
            u128::from(self.mixed) + u128::from(self.number)
        )
    }

    fn github(&self) -> String {
        format!("{}-{}", self.first, self.number).to_lowercase()
    }

    fn address(&self) -> String {
        let mixed = self.mixed;
        format!(
            "198.{}.{}.{}",
            18 + mixed % 2,
            mixed / 2 % 250,
            mixed / 500 % 250
        )
    }

    fn agent(&self) -> String {
        format!(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_{}) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/{}.0.0.0 Safari/537.36",
            self.mixed % 8,
            120 + self.mixed / 8 % 9
        )
    }

    fn city(&self) -> (&'static str, &'static str, &'static str) {
        let place = (self.mixed / 64 % CITIES.len() as u64) as usize;
        CITIES.get(place).copied().unwrap_or_default()
    }
}

impl Company {
    /// `records` of them are to span the company's month.
    pub fn new(seed: u64, identities: u64, records: u64) -> Self {
        let month = Span::days(SPAN_DAYS).as_micros();
        Company {
            chance: Chance::new(seed),
            identities: identities.max(1),
            clock: Timestamp::from_seconds(BEGIN_SECONDS),
            step_micros: month / i64::try_from(records.max(1)).unwrap_or(i64::MAX),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock
    }

    /// The HR system's record of a hire; its place in [`SOURCES`].
    pub fn hire(&mut self, number: u64, out: &mut Vec<u8>) -> usize {
        self.worker("hire", &Person::new(number), out);
        HRIS
    }

    /// A log-in of one person; its place in [`SOURCES`].
    pub fn log_in(&mut self, number: u64, out: &mut Vec<u8>) -> usize {
        self.okta(
            ("user.session.start", "User login to Okta"),
            &Person::new(number),
            "",
            out,
        );
        OKTA
    }

    /// The next record of the stream, without a line's end; its place in [`SOURCES`].
    pub fn next(&mut self, out: &mut Vec<u8>) -> usize {
        self.clock = Timestamp::from_micros(self.clock.as_micros() + self.step_micros);
        // Some people are busy, most are not.
        let (a, b) = (self.chance.below(1 << 20), self.chance.below(1 << 20));
        let number = (u128::from(self.identities) * u128::from(a) * u128::from(b)) >> 40;
        let person = Person::new(u64::try_from(number).unwrap_or_default());
        match self.chance.below(1_000) {
            0..10 => self.change(&person, out),
            10..80 => self.google(&person, out),
            80..130 => self.github("git.clone", &person, out),
            130..180 => self.cloudtrail(&person, out),
            180..240 => {
                let action = ("policy.evaluate_sign_on", "Evaluation of sign-on policy");
                self.okta(action, &person, "", out)
            }
            240..340 => {
                let action = (
                    "user.authentication.auth_via_mfa",
                    "Authentication of user via MFA",
                );
                self.okta(action, &person, "", out)
            }
            340..640 => {
                let number = self.chance.below(40);
                let app = format!(
                    r#",{{"id":"0oa{number:017x}","type":"AppInstance","alternateId":"Application {number}","displayName":"Application {number}","detailEntry":{{"signOnModeType":"SAML_2_0"}}}}"#
                );
                let action = ("user.authentication.sso", "User single sign on to app");
                self.okta(action, &person, &app, out)
            }
            _ => self.okta(
                ("user.session.start", "User login to Okta"),
                &person,
                "",
                out,
            ),
        }
    }

    /// Something that changes what the person can do.
    fn change(&mut self, person: &Person, out: &mut Vec<u8>) -> usize {
        let group = self.chance.below(60);
        let group = format!(
            r#",{{"id":"00g{group:017x}","type":"UserGroup","alternateId":"unknown","displayName":"Group {group}","detailEntry":null}}"#
        );
        match self.chance.below(10) {
            0..3 => {
                let action = ("group.user_membership.add", "Add user to group membership");
                self.okta(action, person, &group, out)
            }
            3..5 => {
                let action = (
                    "group.user_membership.remove",
                    "Remove user from group membership",
                );
                self.okta(action, person, &group, out)
            }
            5 => self.okta(
                ("user.lifecycle.suspend", "Suspend Okta user"),
                person,
                "",
                out,
            ),
            6 => self.okta(
                ("user.lifecycle.unsuspend", "Unsuspend Okta user"),
                person,
                "",
                out,
            ),
            7 => self.okta(
                ("user.lifecycle.deactivate", "Deactivate Okta user"),
                person,
                "",
                out,
            ),
            8 => self.github("org.add_member", person, out),
            _ => {
                self.worker("terminate", person, out);
                HRIS
            }
        }
    }

    fn okta(
        &mut self,
        (action, message): (&str, &str),
        person: &Person,
        more_targets: &str,
        out: &mut Vec<u8>,
    ) -> usize {
        let [uuid, request, more, session, hash, salt] =
            std::array::from_fn(|_| self.chance.next());
        let (city, state, country) = person.city();
        let (id, email, name, ip) = (
            person.okta(),
            person.email(),
            person.name(),
            person.address(),
        );
        let (result, reason) = match more % 25 {
            0 => ("FAILURE", r#""INVALID_CREDENTIALS""#),
            _ => ("SUCCESS", "null"),
        };
        let place = format!(
            r#"{{"city":"{city}","state":"{state}","country":"{country}","postalCode":"{:05}","geolocation":{{"lat":{}.{:04},"lon":{}.{:04}}}}}"#,
            person.mixed % 99_999,
            person.mixed % 60,
            person.mixed % 9_999,
            person.mixed % 120,
            person.mixed % 9_973,
        );
        write(
            out,
            &format!(
                r#"{{"actor":{{"id":"{id}","type":"User","alternateId":"{email}","displayName":"{name}","detailEntry":null}},
                "client":{{"userAgent":{{"rawUserAgent":"{agent}","os":"Mac OS X","browser":"CHROME"}},"zone":"null","device":"Computer","id":null,"ipAddress":"{ip}","geographicalContext":{place}}},
                "device":null,"authenticationContext":{{"authenticationProvider":null,"credentialProvider":null,"credentialType":null,"issuer":null,"interface":null,"authenticationStep":0,"externalSessionId":"102{session:016x}{hash:08x}"}},
                "displayMessage":"{message}","eventType":"{action}","outcome":{{"result":"{result}","reason":{reason}}},"published":"{at}",
                "securityContext":{{"asNumber":{asn},"asOrg":"example carrier","isp":"example isp","domain":"example.net","isProxy":false}},"severity":"INFO",
                "debugContext":{{"debugData":{{"requestId":"{request:016x}{salt:016x}","dtHash":"{more:016x}{session:016x}{hash:016x}{salt:016x}","requestUri":"/idp/idx/identify","url":"/idp/idx/identify?"}}}},
                "legacyEventType":"core.user_auth.login_success","transaction":{{"type":"WEB","id":"{request:016x}{salt:016x}","detail":{{}}}},"uuid":"{uuid:016x}{more:016x}","version":"0",
                "request":{{"ipChain":[{{"ip":"{ip}","geographicalContext":{place},"version":"V4","source":null}}]}},
                "target":[{{"id":"{id}","type":"User","alternateId":"{email}","displayName":"{name}","detailEntry":null}}{more_targets}]}}"#,
                agent = person.agent(),
                asn = 1_000 + person.mixed % 40,
                at = self.clock,
            ),
        );
        OKTA
    }

    fn google(&mut self, person: &Person, out: &mut Vec<u8>) -> usize {
        let (a, b) = (self.chance.next(), self.chance.next());
        write(
            out,
            &format!(
                r#"{{"kind":"admin#reports#activity","id":{{"time":"{at}","uniqueQualifier":"-{a}","applicationName":"login","customerId":"C0corp123"}},
                "etag":"\"{b:016x}{a:016x}{b:016x}/{a:016x}\"","actor":{{"email":"{email}","profileId":"1{profile:020}"}},"ipAddress":"{ip}",
                "networkInfo":{{"ipAsn":[{asn}],"regionCode":"SE","subdivisionCode":"SE-C"}},
                "events":[{{"type":"login","name":"login_success","parameters":[{{"name":"login_type","value":"google_password"}},
                {{"name":"login_challenge_method","multiValue":["password","google_authenticator"]}},{{"name":"is_suspicious","boolValue":false}},
                {{"name":"affected_email_address","value":"{email}"}},{{"name":"dusi","value":"{b:016x}"}}],
                "resourceIds":["{a:016x}"],"status":{{"eventStatus":"SUCCEEDED"}}}}],"resourceDetails":[{{"id":"{a:016x}","title":"sign-in of {name}","type":"session",
                "appliedLabels":[{{"id":"label-{label}","title":"Region {label}","reason":{{"reasonType":"derived","detail":"the network from which the user signed in"}}}}]}}]}}"#,
                at = self.clock,
                email = person.email(),
                name = person.name(),
                profile = person.mixed,
                ip = person.address(),
                asn = 1_000 + person.mixed % 40,
                label = person.mixed % 12,
            ),
        );
        GOOGLE
    }

    fn github(&mut self, action: &str, person: &Person, out: &mut Vec<u8>) -> usize {
        let (a, b) = (self.chance.next(), self.chance.next());
        let millis = self.clock.as_micros() / 1_000;
        write(
            out,
            &format!(
                r#"{{"@timestamp":{millis},"_document_id":"{a:016x}{b:08x}","action":"{action}","actor":"{login}","actor_id":{id},
                "actor_ip":"{ip}","actor_location":{{"country_code":"SE"}},"actor_is_bot":false,"business":"corp","business_id":4711,"created_at":{millis},
                "external_identity_nameid":"{email}","external_identity_username":"{login}_corp","hashed_token":"{a:016x}{b:016x}{a:016x}=",
                "operation_type":"access","org":"corp","org_id":815,"programmatic_access_type":"OAuth access token","repo":"corp/service-{repo}","repo_id":{repo},
                "repository":"corp/service-{repo}","repository_public":false,"request_access_security_header":null,"request_id":"{b:016X}:{a:08X}:{b:08X}",
                "request_method":"GET","token_id":{token},"token_scopes":"repo,read:org,workflow","transport_protocol":1,"transport_protocol_name":"http",
                "url_path":"/corp/service-{repo}.git/info/refs","user":"{login}","user_id":{id},"user_agent":"git/2.4{minor}.0","visibility":"private",
                "query_string":"service=git-upload-pack","rate_limit_remaining":"{rate}","route":"git_upload_pack","status_code":200}}"#,
                login = person.github(),
                email = person.email(),
                id = 1_000_000 + person.number,
                ip = person.address(),
                repo = a % 300,
                token = person.mixed % 1_000_000_000,
                minor = person.mixed % 9,
                rate = b % 5_000,
            ),
        );
        GITHUB
    }

    fn cloudtrail(&mut self, person: &Person, out: &mut Vec<u8>) -> usize {
        let (a, b) = (self.chance.next(), self.chance.next());
        let (service, name) = match a % 4 {
            0 => ("s3", "GetObject"),
            1 => ("ec2", "DescribeInstances"),
            2 => ("sts", "GetCallerIdentity"),
            _ => ("secretsmanager", "GetSecretValue"),
        };
        let session = person.email();
        write(
            out,
            &format!(
                r#"{{"eventVersion":"1.09","userIdentity":{{"type":"AssumedRole","principalId":"AROA{role:017X}:{session}",
                "arn":"arn:aws:sts::123456789012:assumed-role/Engineer-{team}/{session}","accountId":"123456789012","accessKeyId":"ASIA{a:016X}",
                "sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROA{role:017X}","arn":"arn:aws:iam::123456789012:role/Engineer-{team}","accountId":"123456789012","userName":"Engineer-{team}"}},
                "webIdFederationData":{{}},"attributes":{{"creationDate":"{at}","mfaAuthenticated":"true"}}}}}},"eventTime":"{at}","eventSource":"{service}.amazonaws.com",
                "eventName":"{name}","awsRegion":"eu-north-1","sourceIPAddress":"{ip}","userAgent":"aws-cli/2.{minor}.0 md/Botocore#1.34 ua/2.0 os/macos#23.5.0 md/arch#arm64 lang/python#3.11.9",
                "requestParameters":{{"bucketName":"corp-data-{team}","key":"exports/{b:016x}.parquet","Host":"corp-data-{team}.s3.eu-north-1.amazonaws.com"}},"responseElements":null,
                "additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{a:016x}{b:016x}{a:016x}","bytesTransferredOut":{bytes}}},
                "requestID":"{b:016X}","eventID":"{a:016x}-{b:016x}","readOnly":true,"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"123456789012","eventCategory":"Data",
                "tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"corp-data-{team}.s3.eu-north-1.amazonaws.com"}}}}"#,
                role = person.mixed % 16,
                team = person.mixed % 16,
                at = self.clock,
                ip = person.address(),
                minor = person.mixed % 20,
                bytes = b % 1_000_000,
            ),
        );
        CLOUDTRAIL
    }

    fn worker(&mut self, kind: &str, person: &Person, out: &mut Vec<u8>) {
        let number = person.number;
        write(
            out,
            &format!(
                r#"{{"id":"hr-{kind}-{number}","type":"{kind}","recorded_at":"{at}","effective_at":"{at}","worker":{{"employee_id":"E{number:07}","email":"{email}",
                "name":"{name}","department":"Department {department}","title":"Engineer {title}","manager_id":"E{manager:07}","employment_type":"employee",
                "contract_end":null,"previous_emails":[]}}}}"#,
                at = self.clock,
                email = person.email(),
                name = person.name(),
                department = number % 23,
                title = number % 7,
                manager = number / 8,
            ),
        );
    }
}

/// The templates above are broken into lines for those who read them; a record is one line.
fn write(out: &mut Vec<u8>, text: &str) {
    text.lines()
        .for_each(|line| out.extend_from_slice(line.trim_start().as_bytes()));
}
